"""Passwords: which are good enough, and their argon2id hashes. The words themselves are never kept."""

import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from domain.errors import BadInput
from domain.text import ascii_digits

SHORTEST = 10
LONGEST = 1024

# RFC 9106, the second recommended choice: 64 MiB, three passes, four lanes.
_HASHER = PasswordHasher(time_cost=3, memory_cost=65536, parallelism=4)
#: A hash of the same cost that no password opens: unknown names take as long as known ones.
_DECOY = "$argon2id$v=19$m=65536,t=3,p=4$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

# The commonest that are long enough to pass otherwise; the shorter ones are too short anyway.
_COMMON = """
1234567890 0123456789 0987654321 9876543210 12345678910 123456789a 123456789q a123456789 q123456789 123456789@
1111111111 0000000000 1231231234 1212121212 1122334455 1234512345 1234554321 1357924680 1029384756 123123123123
123456789012 1234567891 12345678900 12345678901 0912345678 09123456789 09121234567 0123456789a 147258369a 987654321a
password12 password123 password1234 password12345 password123456 password@123 password01 password2024 password2025
password2026 passwordpassword p@ssword123 p@ssw0rd123 passw0rd123 pa$$word123 mypassword mypassword1 newpassword
changeme123 changemeplease letmein123 letmeinnow welcome123 welcome1234 welcome2024 welcome2025 welcome2026 admin12345
admin123456 administrator adminadmin admin@1234 admin@12345 rootrootroot user123456 test123456 testtest123 qwertyuiop
qwerty12345 qwerty123456 qwerty1234 qwertyqwerty qwertyuiop123 qwertyui123 1q2w3e4r5t 1q2w3e4r5t6y q1w2e3r4t5
1qaz2wsx3edc 1qaz@wsx3edc zaq12wsxcde3 zaq1zaq1zaq1 asdfghjkl1 asdfghjkl123 asdfasdfasdf zxcvbnm123 zxcvbnm1234
abcdefghij abcd123456 abc123456789 abcabcabc1 iloveyou12 iloveyou123 iloveyou1234 sunshine123 princess123 football123
baseball123 superman123 charlie123 michael123 jennifer123 liverpool1 manchester computer123 internet123 whatever123
trustno1234 dragon12345 monkey12345 master12345 shadow12345 secret12345 iran123456 iraniran12 tehran12345 persepolis
esteghlal1 shenava123
"""
COMMON = frozenset(_COMMON.split())


def check_password(password: str, name: str) -> None:
    """Raises BadInput for what others would guess; the message never repeats the password."""
    plain = ascii_digits(_normal(password)).casefold()
    if not SHORTEST <= len(_normal(password)) <= LONGEST:
        raise BadInput(f"a password has at least {SHORTEST} characters (and at most {LONGEST})")
    if plain in COMMON or len(set(plain)) < 3:
        raise BadInput("this password is among the first that anybody would try; choose another")
    if name and (plain in name or plain.replace(name, "") in COMMON | {""}):
        raise BadInput("the password must not be the name")


def hashed(password: str) -> str:
    """Its argon2id hash, with a salt of its own."""
    return _HASHER.hash(_normal(password))


def matches(stored: str, password: str) -> bool:
    """Whether a password has this hash; without a hash it takes as long, and is False."""
    try:
        return _HASHER.verify(stored or _DECOY, _normal(password)) and bool(stored)
    except (VerificationError, InvalidHashError):
        return False


def _normal(password: str) -> str:
    # The same letters from another keyboard are the same password.
    return unicodedata.normalize("NFKC", password)
