"""Faults of the keystore."""

from ledger_web.errors import ServiceError, Unavailable, Unprocessable


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


class RecipientKeyInvalid(Unprocessable):
    """A demand names a public key that nothing can be wrapped to."""

    code = "recipient-key-invalid"
    title = "The demand's key can't be used"
    title_zh = "调阅要求中的公钥不可用"

    def __init__(self) -> None:
        super().__init__(
            "Nothing can be wrapped to the demand's `recipient_key`: it is no X25519 public key. Refuse the"
            " demand and say so; the regulator has to sign another.",
            "无法向该要求的 recipient_key 封装密钥：它不是 X25519 公钥。请拒绝并说明；监管机构须另行签署。",
        )


class HandedKeyInvalid(Unprocessable):
    """What was handed over isn't the record's key, wrapped to this institution for this demand."""

    code = "handed-key-invalid"
    title = "The handed-over key does not open"
    title_zh = "所交付的密钥无法打开"

    def __init__(self) -> None:
        super().__init__(
            "The wrapped key isn't for this demand, this record and this institution's key. Nothing was"
            " taken over.",
            "封装的密钥与该调阅要求、该记录或本机构公钥不符。未接收任何内容。",
        )
