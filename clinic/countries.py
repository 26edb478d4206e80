"""What a country usually means for a clinic: currency, zone, language, tax, days off. Every value can be changed.

Sources: ISO 4217 and the IANA zone database; the general rate of value-added tax as published by the tax authorities
(2025). Medical care is exempt or zero-rated in many of these countries: the set-up page says so and lets the rate be changed.
Weekdays count from Monday = 0.
"""

from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Country:
    """The preset of one country."""

    code: str
    name: str
    currency: str
    time_zone: str
    language: str
    tax_name: str
    tax_rate: Decimal
    weekend: str


def _country(code, name, currency, zone, language, tax, weekend):
    tax_name, _space, rate = tax.partition(" ")
    return Country(code, name, currency, zone, language, tax_name, Decimal(rate or 0), weekend)


FRI_SAT, SAT_SUN, FRI, SUN = "4,5", "5,6", "4", "6"
COUNTRIES = [
    _country("SA", _("Saudi Arabia"), "SAR", "Asia/Riyadh", "ar", "VAT 15", FRI_SAT),
    _country("AE", _("United Arab Emirates"), "AED", "Asia/Dubai", "ar", "VAT 5", SAT_SUN),
    _country("EG", _("Egypt"), "EGP", "Africa/Cairo", "ar", "VAT 14", FRI),
    _country("JO", _("Jordan"), "JOD", "Asia/Amman", "ar", "GST 16", FRI_SAT),
    _country("IQ", _("Iraq"), "IQD", "Asia/Baghdad", "ar", "", FRI_SAT),
    _country("KW", _("Kuwait"), "KWD", "Asia/Kuwait", "ar", "", FRI_SAT),
    _country("QA", _("Qatar"), "QAR", "Asia/Qatar", "ar", "", FRI_SAT),
    _country("BH", _("Bahrain"), "BHD", "Asia/Bahrain", "ar", "VAT 10", FRI_SAT),
    _country("OM", _("Oman"), "OMR", "Asia/Muscat", "ar", "VAT 5", FRI_SAT),
    _country("YE", _("Yemen"), "YER", "Asia/Aden", "ar", "GST 5", FRI_SAT),
    _country("SY", _("Syria"), "SYP", "Asia/Damascus", "ar", "", FRI_SAT),
    _country("LB", _("Lebanon"), "LBP", "Asia/Beirut", "ar", "VAT 11", SAT_SUN),
    _country("PS", _("Palestine"), "ILS", "Asia/Hebron", "ar", "VAT 16", FRI_SAT),
    _country("SD", _("Sudan"), "SDG", "Africa/Khartoum", "ar", "VAT 17", FRI_SAT),
    _country("LY", _("Libya"), "LYD", "Africa/Tripoli", "ar", "", FRI_SAT),
    _country("TN", _("Tunisia"), "TND", "Africa/Tunis", "ar", "TVA 19", SAT_SUN),
    _country("DZ", _("Algeria"), "DZD", "Africa/Algiers", "ar", "TVA 19", FRI_SAT),
    _country("MA", _("Morocco"), "MAD", "Africa/Casablanca", "ar", "TVA 20", SAT_SUN),
    _country("MR", _("Mauritania"), "MRU", "Africa/Nouakchott", "ar", "TVA 16", SAT_SUN),
    _country("SO", _("Somalia"), "SOS", "Africa/Mogadishu", "ar", "", FRI),
    _country("DJ", _("Djibouti"), "DJF", "Africa/Djibouti", "ar", "TVA 10", FRI),
    _country("TR", _("Türkiye"), "TRY", "Europe/Istanbul", "en", "KDV 10", SAT_SUN),
    _country("PK", _("Pakistan"), "PKR", "Asia/Karachi", "en", "", SUN),
    _country("IN", _("India"), "INR", "Asia/Kolkata", "en", "", SUN),
    _country("NG", _("Nigeria"), "NGN", "Africa/Lagos", "en", "VAT 7.5", SAT_SUN),
    _country("KE", _("Kenya"), "KES", "Africa/Nairobi", "en", "VAT 16", SUN),
    _country("GB", _("United Kingdom"), "GBP", "Europe/London", "en", "", SAT_SUN),
    _country("US", _("United States"), "USD", "America/New_York", "en", "", SAT_SUN),
]
BY_CODE = {country.code: country for country in COUNTRIES}


def workdays(weekend):
    """The weekdays (0 = Monday) that are not in a clinic's `weekend` text such as "4,5"."""
    off = {int(day) for day in weekend.split(",") if day.strip().isdigit()}
    return [day for day in range(7) if day not in off]
