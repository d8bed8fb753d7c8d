"""What reviewing refuses."""

from ledger_web.errors import NotAllowed


class ReviewOfOwnPrescription(NotAllowed):
    """Four eyes: the doctor who prescribed isn't the pharmacist who reviews."""

    code = "review-of-own-prescription"
    title = "You prescribed this yourself"
    title_zh = "该处方由您本人开具"

    def __init__(self) -> None:
        super().__init__(
            "A prescription is reviewed by somebody else than who prescribed it. Ask a colleague.",
            "处方须由开具者以外的药师审核。请由同事审核。",
        )
