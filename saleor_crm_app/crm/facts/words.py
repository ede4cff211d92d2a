"""The names of scores: cells of recency, frequency and money, and phases of a customer's life."""

from enum import StrEnum


class Cell(StrEnum):
    """What recency, frequency and money say of a customer together."""

    CHAMPION = "CHAMPION"
    LOYAL = "LOYAL"
    POTENTIAL_LOYAL = "POTENTIAL_LOYAL"
    NEW = "NEW"
    PROMISING = "PROMISING"
    NEEDS_ATTENTION = "NEEDS_ATTENTION"
    ABOUT_TO_SLEEP = "ABOUT_TO_SLEEP"
    AT_RISK = "AT_RISK"
    CANNOT_LOSE = "CANNOT_LOSE"
    HIBERNATING = "HIBERNATING"
    LOST = "LOST"


class Phase(StrEnum):
    """Where a customer's life with the shop stands."""

    ACQUISITION = "ACQUISITION"
    LAUNCH = "LAUNCH"
    DEVELOPMENT = "DEVELOPMENT"
    SEPARATION = "SEPARATION"
