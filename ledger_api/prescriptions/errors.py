"""What the issuing of prescriptions refuses."""

from ledger_web.errors import NotAllowed, NotFound, StateConflict, Unprocessable


class PreparationNotFound(NotFound):
    """The doctor has no preparation of that id."""

    code = "preparation-not-found"
    title = "No such preparation"
    title_zh = "没有该待签处方"

    def __init__(self) -> None:
        super().__init__(
            "You have no preparation of that id: it is another's, or was cleared away. Prepare again.",
            "您没有该编号的待签处方：它属于他人，或已被清除。请重新准备。",
        )


class PreparationUsed(StateConflict):
    """It was submitted already, with other signatures."""

    code = "preparation-used"
    title = "This preparation was submitted already"
    title_zh = "该待签处方已提交"

    def __init__(self) -> None:
        super().__init__(
            "It became a prescription, with other signatures than these. Look it up, or prepare anew.",
            "该处方已用其他签名提交。请查询该处方；如需另开，请重新准备。",
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
            "The directory does not entitle your registered key to prescribe now. Ask your administrator.",
            "目录目前未授予您登记的密钥开具处方的资格。请联系管理员。",
        )


class KeyNotRegistered(NotAllowed):
    """The doctor has no registered key, or no practitioner code."""

    code = "key-not-registered"
    title = "You have no registered signing key"
    title_zh = "您没有已登记的签名密钥"

    def __init__(self) -> None:
        super().__init__(
            "Prescribing needs a registered signing key and a practitioner code. Ask your administrator.",
            "开具处方需要已登记的签名密钥和医师代码。请联系管理员。",
        )


class PrescriberNotYou(NotAllowed):
    """The draft names another doctor."""

    code = "prescriber-not-you"
    title = "The prescription names another prescriber"
    title_zh = "处方中的医师不是您"

    def __init__(self) -> None:
        super().__init__(
            "Only the doctor whose code stands in `prescriber` can prepare and sign it.",
            "只有 prescriber 中所列代码的医师本人可以准备并签署。",
        )


class PrescriptionNotFound(NotFound):
    """Nothing of that id that this principal may see."""

    code = "prescription-not-found"
    title = "No such prescription"
    title_zh = "没有该处方"

    def __init__(self) -> None:
        super().__init__(
            "There is no prescription of that id among those that you may see.",
            "在您可查看的范围内没有该编号的处方。",
        )


class ContentErased(StateConflict):
    """The record's key was deleted: its content can't be read any more."""

    code = "content-erased"
    title = "The content was erased"
    title_zh = "内容已删除"

    def __init__(self) -> None:
        super().__init__(
            "The record's key was deleted. Its entry and the proofs about its neighbours stand; its content"
            " is gone.",
            "该记录的密钥已删除。其条目及相邻记录的证明仍然有效，但内容已不可读。",
        )
