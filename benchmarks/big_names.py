"""Invented people: some hundred first and family names in both scripts, and every full name they make."""

MALE = """Ahmad أحمد|Mohammed محمد|Mahmoud محمود|Ali علي|Hassan حسن|Hussein حسين|Omar عمر|Othman عثمان|Khalid خالد|Yusuf يوسف
Ibrahim إبراهيم|Ismail إسماعيل|Abdullah عبد الله|Abd al-Rahman عبد الرحمن|Abdulaziz عبد العزيز|Abdelkarim عبد الكريم|Saleh صالح
Salem سالم|Saeed سعيد|Saad سعد|Faisal فيصل|Fahad فهد|Turki تركي|Sultan سلطان|Nasser ناصر|Mansour منصور|Majid ماجد|Waleed وليد
Tariq طارق|Ziad زياد|Zakaria زكريا|Yahya يحيى|Musa موسى|Isa عيسى|Adam آدم|Bilal بلال|Hamza حمزة|Anas أنس|Rashid راشد|Rami رامي
Sami سامي|Hani هاني|Karim كريم|Jamal جمال|Kamal كمال|Nabil نبيل|Adel عادل|Imad عماد|Ayman أيمن|Osama أسامة|Mustafa مصطفى|Murad مراد
Bassam بسام|Ghassan غسان|Marwan مروان|Qasim قاسم|Idris إدريس|Luay لؤي|Muath معاذ|Thamer ثامر"""
FEMALE = """Fatima فاطمة|Aisha عائشة|Maryam مريم|Khadija خديجة|Zainab زينب|Layla ليلى|Salma سلمى|Sara سارة|Huda هدى|Noor نور|Nura نورة
Amina أمينة|Amal أمل|Iman إيمان|Asma أسماء|Hala هالة|Hanan حنان|Rania رانيا|Reem ريم|Rima ريما|Dina دينا|Dalal دلال|Abeer عبير|Samira سميرة
Samar سمر|Suad سعاد|Muna منى|Maha مها|Manal منال|Najwa نجوى|Nadia نادية|Nawal نوال|Lubna لبنى|Lina لينا|Lama لمى|Ghada غادة|Wafa وفاء
Widad وداد|Yasmin ياسمين|Zahra زهراء|Rawan روان|Rahaf رهف|Shahad شهد|Jumana جمانة|Basma بسمة|Buthaina بثينة|Inas إيناس|Ibtisam ابتسام"""
FAMILY = """Haddad حداد|Al-Hassan الحسن|Khalil خليل|Mansour منصور|Nasser ناصر|Al-Qahtani القحطاني|Al-Zahrani الزهراني|Al-Harbi الحربي
Al-Otaibi العتيبي|Al-Ghamdi الغامدي|Al-Shehri الشهري|Al-Dosari الدوسري|Al-Mutairi المطيري|Al-Shammari الشمري|Al-Anazi العنزي|Al-Subaie السبيعي
Al-Rashid الراشد|Al-Saleh الصالح|Al-Farsi الفارسي|Al-Balushi البلوشي|Al-Maliki المالكي|Al-Amri العمري|Al-Asiri العسيري|Al-Jaber الجابر
Al-Sabah الصباح|Al-Nuaimi النعيمي|Al-Hashimi الهاشمي|Al-Khatib الخطيب|Al-Najjar النجار|Al-Masri المصري|Al-Shami الشامي|Al-Halabi الحلبي
Al-Baghdadi البغدادي|Al-Tamimi التميمي|Al-Jubouri الجبوري|Al-Obaidi العبيدي|Saad سعد|Sayed السيد|Karim كريم|Qasim قاسم|Farah فرح|Idris إدريس
Abbas عباس|Aziz عزيز|Bakr بكر|Barakat بركات|Bishara بشارة|Darwish درويش|Fakhoury فاخوري|Ghanem غانم|Habib حبيب|Hamdan حمدان|Hijazi حجازي
Issa عيسى|Jaber جابر|Kanaan كنعان|Khoury خوري|Mahfouz محفوظ|Murad مراد|Najm نجم|Odeh عودة|Qureshi قريشي|Rahman رحمن|Salloum سلوم|Shaheen شاهين
Suleiman سليمان|Taha طه|Yassin ياسين|Zaki زكي|Zaidan زيدان"""
LATIN = """James Smith|Maria Santos|John Brown|Anna Kowalska|Jose Garcia|Priya Nair|Ravi Kumar|Anil Sharma|Grace Okafor|Peter Novak
Elena Petrova|Thomas Müller|Sofia Rossi|Lucas Martin|Emily Clark|David Jones|Daniel Silva|Rosa Cruz|Joy Reyes|Mark Bautista"""


def people():
    """(name, name in the other script, sex) of every full name; some in Arabic first, some in one script only."""
    for sex, firsts in (("male", pairs(MALE)), ("female", pairs(FEMALE))):
        fathers = pairs(MALE)
        for number, (first, arabic_first) in enumerate(firsts):
            for turn, (family, arabic_family) in enumerate(pairs(FAMILY)):
                for step in range(4):
                    father, arabic_father = fathers[(number * 7 + turn * 3 + step * 11) % len(fathers)]
                    latin = f"{first} {father} {family}" if step else f"{first} {family}"
                    arabic = (
                        f"{arabic_first} {arabic_father} {arabic_family}" if step else f"{arabic_first} {arabic_family}"
                    )
                    yield (*written((number + turn + step) % 5, latin, arabic), sex)
    for name in lines(LATIN):
        yield name, "", "unknown"


def written(way, latin, arabic):
    """How the desk wrote a name down: both scripts, either first, or one alone."""
    return [(latin, arabic), (arabic, latin), (arabic, latin), (latin, ""), (arabic, "")][way]


def lines(text):
    return [part.strip() for part in text.replace("\n", "|").split("|")]


def pairs(text):
    """[(Latin, Arabic)] of a list above."""
    found = []
    for part in lines(text):
        at = next(place for place, letter in enumerate(part) if "\u0600" <= letter <= "\u06ff")
        found.append((part[:at].strip(), part[at:].strip()))
    return found
