"""Faults of the keystore."""

from ledger_web.errors import ServiceError, Unavailable


class KeyMissing(Unavailable):
    """The keystore has no key for this institution."""

    code = "key-missing"
    title = "The institution's key is missing"
    title_zh = "缺少机构密钥"


class WrappedKeyInvalid(ServiceError):
    """A wrapped key isn't as it was wrapped: damaged, another institution's, or another context's."""

    code = "wrapped-key-invalid"
    title = "A stored key is damaged"
    title_zh = "存储的密钥已损坏"
