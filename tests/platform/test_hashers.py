"""Passwords are hashed with argon2id at the strength we chose."""

from clinic.hashers import ClinicArgon2Hasher


def test_a_password_is_recognised_and_another_is_not():
    hasher = ClinicArgon2Hasher()
    encoded = hasher.encode("correct-horse-battery", hasher.salt())
    assert "argon2id$v=19$m=19456,t=2,p=1" in encoded
    assert [hasher.verify("correct-horse-battery", encoded), hasher.verify("correct-horse-batterz", encoded)] == [
        True,
        False,
    ]
