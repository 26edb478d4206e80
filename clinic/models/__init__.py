"""The ground every floor stands on: the clinic, its people, its numbers, its trail, and what lets a program in."""

from clinic.models.credentials import ApiSignIn, PasswordReset, RefreshToken, SocketTicket, Throttle
from clinic.models.ground import (
    APPEND_ONLY,
    AuditEvent,
    Clinic,
    ClinicQuerySet,
    Counter,
    Department,
    Doctor,
    DoctorQuerySet,
    IdempotencyKey,
    Named,
    SetupCode,
    StaffManager,
    TopicVersion,
    User,
    validate_zone,
)

__all__ = [
    "APPEND_ONLY",
    "ApiSignIn",
    "AuditEvent",
    "Clinic",
    "ClinicQuerySet",
    "Counter",
    "Department",
    "Doctor",
    "DoctorQuerySet",
    "IdempotencyKey",
    "Named",
    "PasswordReset",
    "RefreshToken",
    "SetupCode",
    "SocketTicket",
    "StaffManager",
    "Throttle",
    "TopicVersion",
    "User",
    "validate_zone",
]
