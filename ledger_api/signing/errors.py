"""What the signing of records refuses, whatever their kind."""

from ledger_proofs.kinds import Kind
from ledger_web.errors import FieldProblem, NotAllowed, NotFound, StateConflict, Unprocessable


class PreparationNotFound(NotFound):
    """The author has no preparation of that id."""

    code = "preparation-not-found"
    title = "No such preparation"
    title_zh = "没有该待签内容"

    def __init__(self) -> None:
        super().__init__(
            "You have no preparation of that id: it is another's, or was cleared away. Prepare again.",
            "您没有该编号的待签内容：它属于他人，或已被清除。请重新准备。",
        )


class PreparationUsed(StateConflict):
    """It was submitted already, with other signatures."""

    code = "preparation-used"
    title = "This preparation was submitted already"
    title_zh = "该待签内容已提交"

    def __init__(self) -> None:
        super().__init__(
            "It became a record, with other signatures than these. Look it up, or prepare anew.",
            "该内容已用其他签名提交。请查询该记录；如需另签，请重新准备。",
        )


class StaleSignedTime(Unprocessable):
    """The signed time is too old, or ahead of the gateway's clock."""

    code = "stale-signed-time"
    title = "The signed time is no longer good"
    title_zh = "签署时间已失效"

    def __init__(self) -> None:
        super().__init__(
            "It was prepared too long ago, or lies ahead of the gateway's clock. Prepare and sign again.",
            "准备时间过久，或早于网关时钟之前。请重新准备并签署。",
        )


class SignatureUnreadable(Unprocessable):
    """A signature isn't of the accepted form, or there are too many or too few."""

    code = "signature-unreadable"
    title = "A signature is not of the accepted form"
    title_zh = "签名格式不符"

    def __init__(self, pointer: str, message: str, message_zh: str) -> None:
        super().__init__(
            "See errors for what is wrong. Sign again; nothing was accepted.",
            "问题见 errors。请重新签署；尚未受理任何内容。",
            faults=[FieldProblem(pointer, message, message_zh)],
        )


class SignerNotAuthor(NotAllowed):
    """Somebody else signed, or something else was signed."""

    code = "signer-not-author"
    title = "The signature is not the author's"
    title_zh = "签名不是作者本人的"

    def __init__(self) -> None:
        super().__init__(
            "The signature is not one of your registered key over what was prepared. Sign the typed data of"
            " each window with your own key.",
            "该签名不是由您登记的密钥对所准备内容作出的。请用您本人的密钥对每个时段的内容签署。",
        )


class SignerNotEntitled(NotAllowed):
    """The directory on the chain doesn't entitle this key at present."""

    code = "signer-not-entitled"
    title = "Your key is not entitled at present"
    title_zh = "您的密钥目前无签署资格"

    def __init__(self) -> None:
        super().__init__(
            "The directory does not entitle your registered key to sign this kind of record now. Ask your"
            " administrator.",
            "目录目前未授予您登记的密钥签署此类记录的资格。请联系管理员。",
        )


class KeyNotRegistered(NotAllowed):
    """The person has no registered key, or no practitioner code."""

    code = "key-not-registered"
    title = "You have no registered signing key"
    title_zh = "您没有已登记的签名密钥"

    def __init__(self) -> None:
        super().__init__(
            "Signing records needs a registered signing key and a practitioner code. Ask your administrator.",
            "签署记录需要已登记的签名密钥和从业人员代码。请联系管理员。",
        )


class KindNotIssuedHere(NotAllowed):
    """An institution of this sort issues no records of this kind."""

    code = "kind-not-issued-here"
    title = "Your institution does not issue this kind of record"
    title_zh = "贵机构不签发此类记录"

    def __init__(self, kind: Kind) -> None:
        super().__init__(
            f"A {kind.name} is issued by institutions of another role (protocol 3.1).",
            f"“{kind.name_zh}”由其他角色的机构签发（协议 3.1）。",
        )


class RecordNotFound(NotFound):
    """No record of that kind and id that this principal may see."""

    code = "record-not-found"
    title = "No such record"
    title_zh = "没有该记录"

    def __init__(self, kind: Kind) -> None:
        super().__init__(
            f"There is no {kind.name} of that id among those that you may see.",
            f"在您可查看的范围内没有该编号的“{kind.name_zh}”记录。",
        )
