"""The base of all tables of the portal, with metadata of their own."""

from sqlalchemy import MetaData
from sqlalchemy.orm import registry
from sqlmodel import SQLModel

from ledger_web.database import NAMING_CONVENTION


class Base(SQLModel, registry=registry(metadata=MetaData(naming_convention=NAMING_CONVENTION))):
    """Base of the portal's tables. They have their own metadata, apart from any other package's."""
