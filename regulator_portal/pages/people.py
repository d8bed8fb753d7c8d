"""Who did something, by the name that pages greet them with."""

from sqlmodel import Session

from regulator_portal.identity.models import Auditor
from regulator_portal.pages.site import Both

THE_PORTAL: Both = ("the portal itself", "本门户")
_PREFIX = "auditor:"


def say_actor(session: Session, actor: str) -> Both:
    """Say who an actor of the audit trail is: an auditor's name, or the portal by itself."""
    if not actor.startswith(_PREFIX):
        return THE_PORTAL
    auditor = session.get(Auditor, actor.removeprefix(_PREFIX))
    name = actor if auditor is None else auditor.display_name
    return name, name
