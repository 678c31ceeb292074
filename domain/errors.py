"""Errors that a person can act on: found what, expected what, what to type next."""


class ShenavaError(Exception):
    """Shown in one line: the CLI exits with 1, the app shows a box. Anything else is a bug."""


class BadInput(ShenavaError):
    """A file, a URL or an option that cannot be used as it is."""


class UnknownSource(ShenavaError):
    """No spider of that name."""


class SourceOff(BadInput):
    """A source that stays off until the operator names it."""


class ModelMissing(ShenavaError):
    """No checkpoint where one was asked for, or one that does not fit the vocabulary."""


class Busy(ShenavaError):
    """Another shenava process is doing this work right now."""
