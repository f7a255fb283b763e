"""Invented people's names and places: an Irish town's, and the rest of the world's in many scripts."""


def _names(text: str) -> list[str]:
    """Names parted by blanks; an underscore stands for a blank inside a name."""
    return [each.replace("_", " ") for each in text.split()]


IRISH_FIRST = _names(
    "Aisling Aoibhinn Aoife Áine Bláthnaid Bríd Caoimhe Ciara Clodagh Deirdre Eimear Éabha Fionnuala Gráinne Laoise"
    " Mairéad Maura Muireann Niamh Nóirín Nuala Orla Órlaith Róisín Sadhbh Síle Sinéad Sorcha Úna Barry Brendan Cathal"
    " Cian Cillian Colm Conall Cormac Daithí Declan Diarmuid Donal Eamon Eoghan Eoin Fergal Fiachra Fionn Gearóid Kevin"
    " Killian Liam Lorcán Malachy Niall Oisín Pádraig Peadar Ronan Ruairí Séamus Seán Tadhg Tomás Ultan"
    " Anna Catherine Claire David Emma Frank Helen James John Kate Laura Mark Mary Michael Paul Rachel Sarah Stephen"
)
IRISH_LAST = _names(
    "Ahern Barrett Boland Brady Breen Brennan Burke Byrne Cahill Callaghan Carroll Casey Clancy Cleary Coleman Collins"
    " Connolly Conway Corcoran Costello Coyle Cronin Crowley Cullen Cunningham Curran Daly Dempsey Devlin Dillon"
    " Doherty Dolan Donnelly Doran Dowling Doyle Duffy Dunne Egan Fagan Farrell Feeney Finnegan Fitzgerald Flanagan"
    " Flynn Foley Gallagher Geraghty Hayes Healy Hennessy Hogan Hurley Kavanagh Keane Kearney Keating Kelleher Kelly"
    " Kennedy Keogh Lacey Larkin Lynch MacNamara Maguire Maher McCarthy McGrath McHugh Molloy Moran Mulcahy Murphy"
    " Nolan O'Brien O'Connor O'Dea O'Donnell O'Hara O'Keeffe O'Leary O'Malley O'Neill O'Rourke O'Shea O'Sullivan Power"
    " Quigley Quinn Rafferty Redmond Regan Roche Ryan Scully Shanahan Sheehan Slattery Sweeney Tierney Tobin Tuohy"
    " Walsh Whelan Ó_Briain Ní_Dhomhnaill Nic_Cárthaigh"
)

# Script, first names, last names. What is written from right to left, without spaces or with joined characters is
# here on purpose: it finds the places where text is cut, folded, sorted or turned round wrongly.
WORLD = (
    (
        "latin",
        "Zoë Łukasz Jürgen Søren Françoise Đorđe Ağca Žofia João Iñaki",
        "Müller Šimůnek Ødegård Nguyễn Çelik Açaí",
    ),
    ("latin", "Mia Noah Emily Lucas Olivia Ethan Ava Mateo", "Smith García Rossi van_der_Berg de_la_Cruz Baker-Young"),
    ("cyrillic", "Олена Дмитро Наталія Иван Ђорђе Мария", "Коваленко Шевчук Петровић Соколова Ёлкина"),
    ("greek", "Ελένη Γιώργος Σοφία Νίκος", "Παπαδοπούλου Ιωάννου Γεωργίου"),
    ("arabic", "فاطمة محمد ليلى يوسف", "الحسن عبد_الله منصور"),
    ("hebrew", "שרה יעקב נועה דוד", "כהן לוי בן_דוד"),
    ("han", "伟 秀英 小明 雅婷", "王 李 張 欧阳"),
    ("kana", "さくら はると ゆい カレン", "さとう タナカ やまもと"),
    ("hangul", "민준 서연 지훈", "김 이 박"),
    ("devanagari", "प्रिया अर्जुन सुनीता", "शर्मा सिंह पटेल"),
    ("thai", "สมชาย มาลี อรุณ", "ศรีสุข วงศ์ใหญ่"),
    ("emoji", "Pip🌻 👩🏽‍🍳Chef 🇮🇪Finn", "McSmile😀 O’Star⭐"),
    ("mixed", "<b>Bo</b> Zalgơ̷ ‮Rtl Ｗｉｄｅ", "O'\"Quote %s {{name}} Robert');--"),
)

TOWNS = (
    ("12 Harbour Street", "Dún Laoghaire", "Co. Dublin", "A96 X0X0", "IE"),
    ("4 Quay Lane", "Kinsale", "Co. Cork", "P17 X0X0", "IE"),
    ("Teach na Mara", "An Spidéal", "Co. Galway", "H91 X0X0", "IE"),
    ("27b Market Square", "Westport", "Co. Mayo", "F28 X0X0", "IE"),
    ("The Old Forge", "Ballymena", "Co. Antrim", "BT42 0XX", "GB"),
    ("Beispielstraße 9", "Köln", "NRW", "50667", "DE"),
    ("1 Example Road", "Springfield", "MA", "01101", "US"),
    ("示例路8号", "上海", "", "200000", "CN"),
)
JOBS = ("Baker", "Teacher", "Nurse", "Chef de partie", "Retired", "Food writer", "Buyer", "Engineer")
COMPANIES = ("Bakehouse & Sons", "Quay Café", "The Larder Ltd", "St. Example's School", "Tír na nÓg Foods")
DOMAINS = ("example.org", "example.net", "example.com")


def world_names() -> list[tuple[str, list[str], list[str]]]:
    """Script, first names, last names."""
    return [(script, _names(first), _names(last)) for script, first, last in WORLD]
