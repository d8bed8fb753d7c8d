"""Which drafts a principal may see: one rule, for single drafts and for lists."""

from dataclasses import dataclass

from ledger_api.drafts.models import Draft
from ledger_api.identity.principal import Principal


@dataclass(frozen=True)
class Visible:
    """A bound on drafts of one institution; None is no bound.

    `created_by`: only what this principal made. `prescriber_code`: only what is for this doctor, or for any.
    """

    created_by: str | None = None
    prescriber_code: str | None = None

    def includes(self, draft: Draft) -> bool:
        """Whether a draft of the institution lies within the bound."""
        if self.created_by is not None and draft.created_by != self.created_by:
            return False
        return self.prescriber_code is None or draft.prescriber_code in (None, self.prescriber_code)


def visible_to(principal: Principal) -> Visible:
    """Build the bound for a principal. A doctor without a code of her own sees those for any doctor."""
    if principal.kind == "machine":
        return Visible(created_by=principal.scope)
    return Visible(prescriber_code=principal.practitioner_code or "")
