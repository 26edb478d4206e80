"""Who works at the demo clinic and who comes: invented people."""

# name, name in the other script, room, specialty, department, minutes of an appointment, price of a consultation
DOCTORS = [
    ("Omar Haddad", "عمر حداد", "1", "Family medicine", "doctor", 15, "150.00"),
    ("Layla Mansour", "ليلى منصور", "3", "Paediatrics and family medicine", "layla.mansour", 15, "180.00"),
    ("Yusuf Karim", "يوسف كريم", "2", "Internal medicine", "yusuf.karim", 20, "200.00"),
    ("Noor Sayed", "نور السيد", "4", "Dermatology", "noor.sayed", 15, "220.00"),
]

# user name, name, name in the other script, role
STAFF = [
    ("manager", "Huda Nasser", "هدى ناصر", "manager"),
    ("nurse", "Maryam Saleh", "مريم صالح", "nurse"),
    ("pharmacist", "Ali Qasim", "علي قاسم", "pharmacist"),
    ("reception", "Sara Khalil", "سارة خليل", "reception"),
    ("display", "Waiting room", "غرفة الانتظار", "display"),
]

NONE, NOT_ASKED = "none", ""

# name, other script, sex, born (year, month, day) or age in years or days ("9d"), phone, allergies, long-standing problem
# Allergies: "none", "" (not recorded), or "code:reaction:severity".
PATIENTS = [
    ("Layla Hassan", "ليلى الحسن", "female", (1988, 3, 4), "0501234567", "penicillin:anaphylaxis:severe", "Asthma"),
    ("Yusuf Farah", "يوسف فرح", "male", (1975, 11, 20), "0502345671", NONE, "Type 2 diabetes"),
    (
        "عبد الرحمن بن محمد بن عبد العزيز القحطاني",
        "Abdulrahman bin Mohammed bin Abdulaziz Al-Qahtani",
        "male",
        (1951, 6, 1),
        "0503456782",
        NONE,
        "Hypertension",
    ),
    ("Maximiliana Alexandra Wolfeschlegelstein-Hausenberger", "", "female", (1990, 1, 15), "0504567893", NOT_ASKED, ""),
    ("Mohammed Ali", "محمد علي", "male", (1982, 5, 9), "0505678904", NONE, ""),
    ("Mohamed Aly", "محمد علي", "male", (1982, 9, 5), "0505678914", "ibuprofen:rash:moderate", ""),
    ("Fatima Al-Zahrani", "فاطمة الزهراني", "female", (1967, 2, 28), "0506789015", NONE, "Hypertension"),
    ("Salma Idris", "سلمى إدريس", "female", "9d", "0507890126", NOT_ASKED, ""),
    ("Adam Nasr", "آدم نصر", "male", (2024, 12, 3), "0508901237", NONE, ""),
    ("Hala Younis", "هالة يونس", "female", (2019, 7, 22), "0509012348", "amoxicillin:rash:moderate", ""),
    ("Khalid Omar", "خالد عمر", "male", (1959, 10, 2), "0551234501", "aspirin:wheeze:severe", "Coronary heart disease"),
    ("نورة العتيبي", "", "female", (1994, 4, 18), "0551234502", NONE, ""),
    ("Ibrahim Saleh", "إبراهيم صالح", "male", 71, "0551234503", NONE, "Type 2 diabetes"),
    ("Rania Haddad", "رانيا حداد", "female", (1985, 8, 30), "0551234504", NONE, ""),
    ("Tariq Aziz", "طارق عزيز", "male", (1979, 12, 12), "0551234505", NOT_ASKED, ""),
    ("Amina Bakr", "أمينة بكر", "female", (1998, 6, 25), "0551234506", NONE, ""),
    ("Hassan Jaber", "حسن جابر", "male", (1963, 1, 1), "0551234507", "sulfonamide:rash:moderate", "Hypertension"),
    ("Sami Nader", "سامي نادر", "male", (2016, 3, 14), "0551234508", NONE, "Asthma"),
    ("Dina Fouad", "دينا فؤاد", "female", (2001, 11, 7), "0551234509", NONE, ""),
    ("Peter Lindqvist", "", "male", (1970, 5, 17), "0551234510", NONE, ""),
    ("Grace Okafor", "", "female", (1987, 9, 3), "0551234511", "codeine:nausea:mild", ""),
    ("عائشة المطيري", "Aisha Al-Mutairi", "female", (1955, 7, 7), "0551234512", NONE, "Hypothyroidism"),
    ("فهد الشمري", "", "male", (1992, 2, 11), "0551234513", NOT_ASKED, ""),
    ("Mona Ragab", "منى رجب", "female", (1981, 10, 19), "0551234514", NONE, ""),
    ("Karim Zaki", "كريم زكي", "male", (1968, 4, 4), "0551234515", NONE, "Hypertension"),
    ("Nadia Suleiman", "نادية سليمان", "female", (1977, 12, 24), "0551234516", NONE, ""),
    ("Bilal Ahmed", "بلال أحمد", "male", (2010, 8, 8), "0551234517", NONE, ""),
    ("Huda Mahmoud", "هدى محمود", "female", (1949, 3, 21), "0551234518", "penicillin:rash:moderate", "Osteoarthritis"),
    ("Anil Kumar", "", "male", (1984, 6, 13), "0551234519", NONE, ""),
    ("Zainab Haidar", "زينب حيدر", "female", (1996, 9, 29), "0551234520", NONE, ""),
    ("Mustafa Ismail", "مصطفى إسماعيل", "male", (1972, 1, 30), "0551234521", NONE, "Gout"),
    ("Samira Hakim", "سميرة حكيم", "female", (1961, 5, 5), "0551234522", NOT_ASKED, "Type 2 diabetes"),
    ("Rashid Amin", "راشد أمين", "male", (1989, 7, 16), "0551234523", NONE, ""),
    ("Lina Darwish", "لينا درويش", "female", (2021, 2, 2), "0551234524", NONE, ""),
    ("سعود الدوسري", "Saud Al-Dosari", "male", (1966, 11, 11), "0551234525", NONE, ""),
    ("Maya Tannous", "مايا طنوس", "female", (1993, 3, 8), "0551234526", NONE, ""),
    ("Jamal Rashed", "جمال راشد", "male", (1958, 8, 15), "0551234527", NONE, "Atrial fibrillation"),
    ("Wafa Said", "وفاء سعيد", "female", (1986, 4, 27), "0551234528", NONE, ""),
    ("Elena Petrova", "", "female", (1991, 10, 6), "0551234529", NONE, ""),
    ("Osama Fathi", "أسامة فتحي", "male", (1976, 6, 18), "0551234530", NOT_ASKED, ""),
    ("Reem Adel", "ريم عادل", "female", (2013, 12, 1), "0551234531", NONE, "Eczema"),
    ("Ziad Murad", "زياد مراد", "male", (1999, 1, 22), "0551234532", NONE, ""),
    ("Khadija Noor", "خديجة نور", "female", (1944, 9, 9), "0551234533", NONE, "Hypertension"),
    ("Faisal Anwar", "فيصل أنور", "male", (1983, 2, 14), "0551234534", NONE, ""),
    ("Sawsan Habib", "سوسن حبيب", "female", (1969, 7, 31), "0551234535", NONE, ""),
    ("Daniel Mwangi", "", "male", (1978, 3, 25), "0551234536", NONE, ""),
    ("Asma Lutfi", "أسماء لطفي", "female", (1995, 5, 20), "0551234537", NOT_ASKED, ""),
    ("Nabil Shaker", "نبيل شاكر", "male", (1964, 10, 10), "0551234538", NONE, ""),
    ("Iman Wahba", "إيمان وهبة", "female", (1980, 12, 5), "0551234539", NONE, ""),
    ("Murad Ghali", "مراد غالي", "male", (1973, 8, 23), "0551234540", NONE, ""),
    ("Basma Talaat", "بسمة طلعت", "female", (2005, 6, 6), "0551234541", NONE, ""),
    ("Hamza Yasin", "حمزة ياسين", "male", (2018, 4, 9), "0551234542", NONE, ""),
    ("Suad Kamal", "سعاد كمال", "female", (1953, 1, 17), "0551234543", NONE, "Hypertension"),
    ("Walid Hosni", "وليد حسني", "male", (1987, 11, 28), "0551234544", NONE, ""),
    ("Abeer Sabri", "عبير صبري", "female", (1974, 9, 12), "0551234545", NONE, ""),
    ("Marwan Issa", "مروان عيسى", "male", (1997, 2, 3), "0551234546", NONE, ""),
    ("Joud Rami", "جود رامي", "female", (2022, 10, 30), "0551234547", NONE, ""),
    ("Chen Wei", "", "male", (1990, 12, 31), "0551234548", NOT_ASKED, ""),
    ("Thuraya Salim", "ثريا سالم", "female", (1960, 3, 3), "0551234549", NONE, "Hypothyroidism"),
    ("Anas Badr", "أنس بدر", "male", (1985, 5, 25), "0551234550", NONE, ""),
]

# Complaint, examination, plan, diagnosis, ICD-10 code, prescription lines. By who may have it: "adult" or "child".
CASES = {
    "adult": [
        ("Cough and fever for three days.", "Chest clear. Throat red.", "Fluids, rest, come back if worse.", "Acute upper respiratory infection", "J06.9", ["para 500 1-1-1 5d", "cetirizine 10 0-0-1 5d"]),
        ("Check of blood pressure.", "Heart sounds normal. No oedema.", "Continue, measure at home.", "Essential hypertension", "I10", ["amlodipine 5 1-0-0 30d"]),
        ("Tired, thirsty.", "Feet: pulses present, sensation normal.", "Diet discussed. HbA1c in three months.", "Type 2 diabetes mellitus", "E11.9", ["metformin 500 1-0-1 30d"]),
        ("Burning when passing urine.", "Abdomen soft.", "Plenty of water.", "Acute cystitis", "N30.0", ["nitrofurantoin 100 1-0-1 5d"]),
        ("Pain in the lower back since lifting.", "No red flags. Straight leg raise negative.", "Keep moving, heat.", "Low back pain", "M54.5", ["ibuprofen 400 1-1-1 5d"]),
        ("Burning behind the breastbone after meals.", "Abdomen soft, no mass.", "Smaller meals, no late supper.", "Gastro-oesophageal reflux disease", "K21.9", ["omeprazole 20 1-0-0 14d"]),
        ("Itching rash on both hands.", "Dry, scaly patches.", "Avoid soap, use the cream sparingly.", "Dermatitis", "L30.9", ["hydrocortisone 1 1-0-1 7d"]),
        ("Headache on one side with nausea.", "Neurological examination normal.", "Headache diary.", "Migraine", "G43.9", ["para 500 q6h prn max 8 5d"]),
    ],
    "child": [
        ("Fever since yesterday, drinks well.", "Alert. Ears and throat normal.", "Fluids; come back at once if drowsy.", "Viral infection", "B34.9", ["paracetamol 120 5mL q6h prn max 20 3d"]),
        ("Ear ache for two days.", "Right ear drum red and bulging.", "See again in three days.", "Acute otitis media", "H66.9", ["ibuprofen 100 5mL tid 3d"]),
        ("Dry itching skin in the bends.", "Eczema of both elbows.", "Moisturise twice a day.", "Atopic dermatitis", "L20.9", ["hydrocortisone 1 1-0-1 7d"]),
        ("Runny nose and cough.", "Chest clear.", "Saline drops.", "Common cold", "J00", []),
    ],
}  # fmt: skip
