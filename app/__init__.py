"""Uketsuke: the front desk for online eligibility checks at small clinics."""

__version__ = "0.1.0"
