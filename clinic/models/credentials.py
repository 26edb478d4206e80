"""What lets a program in: sign-ins, the secrets that belong to them (hashes only), and how often something was tried."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from clinic.models.ground import User

HASH = 64  # SHA-256 in hexadecimal


class ApiSignInQuerySet(models.QuerySet):
    def alive(self):
        """Sign-ins that still speak for their account: neither ended nor too old nor made before it changed."""
        return self.filter(
            ended_at=None, expires_at__gt=timezone.now(), token_version=F("user__token_version"), user__is_active=True
        )


class ApiSignIn(models.Model):
    """One sign-in of a program: the family of the refresh tokens that follow each other."""

    class End(models.TextChoices):
        SIGNED_OUT = "signed_out"
        REUSED = "reused"  # one of its refresh tokens came twice: it is in somebody else's hands too
        REPLACED = "replaced"  # the account was closed, or got another password or other roles

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_sign_ins")
    token_version = models.PositiveIntegerField()  # of the account when it signed in; another one now = dead
    generation = models.PositiveIntegerField(default=0)  # of its pair of tokens; an access token of another one is dead
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()  # moves on with every renewal
    ended_at = models.DateTimeField(null=True)
    end = models.CharField(max_length=10, choices=End, blank=True)

    objects = ApiSignInQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["expires_at"], name="api_sign_in_age")]
        constraints = [
            models.CheckConstraint(name="api_sign_in_expires_later", condition=Q(expires_at__gt=F("created_at"))),
            models.CheckConstraint(
                name="api_sign_in_end_has_a_reason",
                condition=Q(ended_at=None, end="") | (Q(ended_at__isnull=False) & ~Q(end="")),
            ),
        ]


class RefreshToken(models.Model):
    """One link of a family's chain; only its hash is kept. Used ones stay, so that a second use is known as such."""

    sign_in = models.ForeignKey(ApiSignIn, on_delete=models.CASCADE, related_name="refresh_tokens")
    token_hash = models.CharField(max_length=HASH, unique=True)
    created_at = models.DateTimeField(default=timezone.now)
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["sign_in"], condition=Q(used_at=None), name="refresh_token_one_unused"),
        ]


class SocketTicket(models.Model):
    """Lets one socket in, once, within seconds: a token must not stand in an address."""

    sign_in = models.ForeignKey(ApiSignIn, on_delete=models.CASCADE)
    token_hash = models.CharField(max_length=HASH, unique=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["expires_at"], name="socket_ticket_age")]


class PasswordReset(models.Model):
    """Somebody asked for a new password. The row is made for an unknown address too, and then leads nowhere."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True)
    asked_at = models.DateTimeField(default=timezone.now)
    token_hash = models.CharField(max_length=HASH, unique=True, null=True)  # made when the mail is written
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["expires_at"], name="password_reset_age")]
        constraints = [
            models.CheckConstraint(
                name="password_reset_of_somebody", condition=Q(token_hash=None) | Q(user__isnull=False)
            ),
        ]


class Throttle(models.Model):
    """How often something was tried by one account or from one address since a moment. Keys are hashes."""

    scope = models.CharField(max_length=30)
    key = models.CharField(max_length=HASH)
    count = models.PositiveIntegerField(default=1)
    since = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["since"], name="throttle_age")]
        constraints = [models.UniqueConstraint(fields=["scope", "key"], name="throttle_one_per_key")]
