"""A mail server and a webhook on loopback, real enough for smtplib and urllib."""

import json
import socketserver
import ssl
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Mail(socketserver.ThreadingTCPServer):
    """Takes every mail; `busy` answers of 451 come first; `context` makes it TLS from the start."""

    allow_reuse_address = daemon_threads = True

    def __init__(self, context: ssl.SSLContext | None = None):
        super().__init__(("127.0.0.1", 0), _Talk)
        self.context, self.busy, self.mails, self.signed_in = context, 0, [], []
        self.port = self.server_address[1]
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def get_request(self):
        connection, address = super().get_request()
        return (self.context.wrap_socket(connection, server_side=True) if self.context else connection), address

    def handle_error(self, request, client_address):
        """Who does not trust the certificate hangs up."""


class _Talk(socketserver.StreamRequestHandler):
    def handle(self):
        self.say("220 here")
        for line in iter(self.rfile.readline, b""):
            word = line.decode().strip()
            verb = word.split(" ")[0].upper()
            if verb == "EHLO":
                self.say("250-here\r\n250 AUTH PLAIN")
            elif verb == "AUTH":
                self.server.signed_in.append(word)
                self.say("235 ok")
            elif verb == "MAIL" and self.server.busy:
                self.server.busy -= 1
                self.say("451 later")
            elif verb == "DATA":
                self.say("354 go on")
                lines = []
                while (row := self.rfile.readline()) not in (b".\r\n", b""):
                    lines.append(row[1:] if row.startswith(b"..") else row)
                self.server.mails.append(b"".join(lines))
                self.say("250 taken")
            elif verb == "QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 ok")

    def say(self, words):
        self.wfile.write(words.encode() + b"\r\n")


class Hook(ThreadingHTTPServer):
    """Answers with `statuses` in turn, then 200; keeps what it was told."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Take)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.statuses, self.told = [], []
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()


class _Take(BaseHTTPRequestHandler):
    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        status = self.server.statuses.pop(0) if self.server.statuses else 200
        self.server.told.append((self.path, body, status))
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "http://127.0.0.1:9/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args):
        pass


def certificate(folder) -> tuple[str, str]:
    """A certificate for 127.0.0.1 and its key, by openssl."""
    cert, key = str(folder / "cert.pem"), str(folder / "key.pem")
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", cert, "-days", "2"]
    subprocess.run(
        [*command, "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True
    )
    return cert, key
