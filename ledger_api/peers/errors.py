"""What goes wrong between gateways."""

from ledger_web.errors import NotAllowed, NotSignedIn, StateConflict, Unavailable, Unprocessable


class PeerUnknown(Unprocessable):
    """This gateway wasn't told where that institution's gateway is."""

    code = "peer-unknown"
    title = "That institution's gateway is not known here"
    title_zh = "本网关不知道该机构的网关地址"

    def __init__(self, institution: int) -> None:
        super().__init__(
            f"No address is known for institution {institution}. Check its number; the operator adds its"
            " gateway to the file of RXLEDGER_PEERS.",
            f"没有机构 {institution} 的网关地址。请核对机构编号；运维人员可将其加入 RXLEDGER_PEERS 文件。",
        )


class PeerUnreachable(Unavailable):
    """The other gateway doesn't answer, or is too busy to."""

    code = "peer-unreachable"
    title = "The other institution's gateway does not answer"
    title_zh = "对方机构的网关无响应"

    def __init__(self, institution: int) -> None:
        super().__init__(
            f"The gateway of institution {institution} doesn't answer now. Nothing was changed here; try"
            " again in a while.",
            f"机构 {institution} 的网关目前无响应。本地没有任何改变；请稍后再试。",
            retry_after_seconds=5,
        )


class PeerAnswerUnusable(Unavailable):
    """The other gateway answers with something that can't be used."""

    code = "peer-answer-unusable"
    title = "The other institution's answer can't be used"
    title_zh = "对方机构的答复无法使用"

    def __init__(self, institution: int, what: str, what_zh: str) -> None:
        super().__init__(
            f"The gateway of institution {institution} answered, and {what}. Nothing of it was kept. Tell"
            " the operator.",
            f"机构 {institution} 的网关已答复，但{what_zh}。答复未予保留。请告知运维人员。",
        )


class PeerRefused(StateConflict):
    """The other gateway refused: `peer_code` and `peer_status` are its own, its words are in the detail."""

    code = "peer-refused"
    title = "The other institution's gateway refused"
    title_zh = "对方机构的网关拒绝了请求"

    def __init__(self, institution: int, peer_status: int, peer_code: str, words: str, words_zh: str) -> None:
        super().__init__(
            f"The gateway of institution {institution} refused ({peer_code}). It says: {words}",
            f"机构 {institution} 的网关拒绝了请求（{peer_code}）。对方说明：{words_zh}",
        )
        self.institution = institution
        self.peer_status = peer_status
        self.peer_code = peer_code

    def say_first(self, words: str, words_zh: str) -> None:
        """Put what it means here before what the other gateway says."""
        self.detail, self.detail_zh = f"{words} {self.detail}", words_zh + self.detail_zh


class PeerNotAuthentic(NotSignedIn):
    """The request isn't proved to come from the institution that it names, for this one, now."""

    code = "peer-not-authentic"
    title = "This is not an authentic request of another institution"
    title_zh = "该请求未能证明来自所称机构"


class PeerRoleMissing(NotAllowed):
    """The asking institution isn't of a kind that may ask this."""

    code = "peer-role-missing"
    title = "An institution of this kind may not ask this"
    title_zh = "此类机构无权提出该请求"

    def __init__(self) -> None:
        super().__init__(
            "The directory on the chain doesn't give your institution a role that may ask this.",
            "链上目录未授予贵机构可提出该请求的角色。",
        )
