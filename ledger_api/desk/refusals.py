"""What the desk's pages refuse in their own words: they say where to click, not which endpoint to call."""

from ledger_web.errors import NotAllowed, NotFound, StateConflict


class DraftGone(NotFound):
    """No draft that this doctor may see."""

    code = "desk-draft-not-found"
    title = "There is no such draft"
    title_zh = "没有此草稿"

    def __init__(self) -> None:
        super().__init__(
            "It was discarded, it is for another doctor, or the address is mistyped. Your drafts stand under"
            " “To sign”.",
            "该草稿已被丢弃、属于其他医师，或地址有误。您的草稿列在“待签草稿”中。",
        )


class NotRegisteredYet(NotAllowed):
    """A doctor without a practitioner's code: she can't prescribe."""

    code = "desk-key-not-registered"
    title = "You can't prescribe yet"
    title_zh = "您暂时无法开具处方"

    def __init__(self) -> None:
        super().__init__(
            "No practitioner's code and signing key are registered for you here. Ask your administrator.",
            "本机构尚未登记您的医师代码和签名密钥，请联系管理员。",
        )


class AnothersForm(StateConflict):
    """A form that one doctor opened, sent after another had signed in in the same browser."""

    code = "desk-form-of-another"
    title = "Somebody else has signed in meanwhile"
    title_zh = "此浏览器已由他人登录"

    def __init__(self) -> None:
        super().__init__(
            "Nothing was saved. Go back to keep what you typed, sign in again in another tab, then save.",
            "未保存任何内容。请返回上一页保留已输入的内容，在另一标签页重新登录本人账户后再保存。",
        )


class NothingToSign(NotFound):
    """No records of that noun are signed on the desk's page."""

    code = "desk-nothing-to-sign"
    title = "Nothing of that kind is signed here"
    title_zh = "此处不签署该类记录"

    def __init__(self) -> None:
        super().__init__(
            "The address is mistyped. Go back to the desk and choose there what to sign.",
            "地址有误。请返回工作台，从中选择要签署的内容。",
        )
