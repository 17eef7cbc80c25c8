/** ISO 3166-1, each country as alpha-2 and alpha-3 in one word; Kosovo as everybody writes it. */
const CODES = `
  ADAND AEARE AFAFG AGATG AIAIA ALALB AMARM AOAGO AQATA ARARG ASASM ATAUT AUAUS AWABW AXALA AZAZE
  BABIH BBBRB BDBGD BEBEL BFBFA BGBGR BHBHR BIBDI BJBEN BLBLM BMBMU BNBRN BOBOL BQBES BRBRA BSBHS
  BTBTN BVBVT BWBWA BYBLR BZBLZ CACAN CCCCK CDCOD CFCAF CGCOG CHCHE CICIV CKCOK CLCHL CMCMR CNCHN
  COCOL CRCRI CUCUB CVCPV CWCUW CXCXR CYCYP CZCZE DEDEU DJDJI DKDNK DMDMA DODOM DZDZA ECECU EEEST
  EGEGY EHESH ERERI ESESP ETETH FIFIN FJFJI FKFLK FMFSM FOFRO FRFRA GAGAB GBGBR GDGRD GEGEO GFGUF
  GGGGY GHGHA GIGIB GLGRL GMGMB GNGIN GPGLP GQGNQ GRGRC GSSGS GTGTM GUGUM GWGNB GYGUY HKHKG HMHMD
  HNHND HRHRV HTHTI HUHUN IDIDN IEIRL ILISR IMIMN ININD IOIOT IQIRQ IRIRN ISISL ITITA JEJEY JMJAM
  JOJOR JPJPN KEKEN KGKGZ KHKHM KIKIR KMCOM KNKNA KPPRK KRKOR KWKWT KYCYM KZKAZ LALAO LBLBN LCLCA
  LILIE LKLKA LRLBR LSLSO LTLTU LULUX LVLVA LYLBY MAMAR MCMCO MDMDA MEMNE MFMAF MGMDG MHMHL MKMKD
  MLMLI MMMMR MNMNG MOMAC MPMNP MQMTQ MRMRT MSMSR MTMLT MUMUS MVMDV MWMWI MXMEX MYMYS MZMOZ NANAM
  NCNCL NENER NFNFK NGNGA NINIC NLNLD NONOR NPNPL NRNRU NUNIU NZNZL OMOMN PAPAN PEPER PFPYF PGPNG
  PHPHL PKPAK PLPOL PMSPM PNPCN PRPRI PSPSE PTPRT PWPLW PYPRY QAQAT REREU ROROU RSSRB RURUS RWRWA
  SASAU SBSLB SCSYC SDSDN SESWE SGSGP SHSHN SISVN SJSJM SKSVK SLSLE SMSMR SNSEN SOSOM SRSUR SSSSD
  STSTP SVSLV SXSXM SYSYR SZSWZ TCTCA TDTCD TFATF TGTGO THTHA TJTJK TKTKL TLTLS TMTKM TNTUN TOTON
  TRTUR TTTTO TVTUV TWTWN TZTZA UAUKR UGUGA UMUMI USUSA UYURY UZUZB VAVAT VCVCT VEVEN VGVGB VIVIR
  VNVNM VUVUT WFWLF WSWSM XKXKX YEYEM YTMYT ZAZAF ZMZMB ZWZWE
`;

const codes = CODES.trim().split(/\s+/);
/** Every ISO 3166-1 alpha-2 code. */
export const countryCodes: readonly string[] = codes.map((code) => code.slice(0, 2));
const alpha2 = new Set(countryCodes);
const byAlpha3 = new Map(codes.map((code) => [code.slice(2), code.slice(0, 2)]));

/** Whether it is an ISO 3166-1 alpha-2 code, in upper case. */
export const isCountry = (code: string): boolean => alpha2.has(code);

/** What people write and `Intl` has other names for. */
const others: Readonly<Record<string, string>> = {
  uk: "GB",
  greatbritain: "GB",
  england: "GB",
  scotland: "GB",
  wales: "GB",
  northernireland: "GB",
  unitedstatesofamerica: "US",
  czechrepublic: "CZ",
  turkey: "TR",
  holland: "NL",
  thenetherlands: "NL",
  hongkong: "HK",
  macau: "MO",
  macao: "MO",
  ivorycoast: "CI",
  republicofireland: "IE",
  republicofkorea: "KR",
  korea: "KR",
  russianfederation: "RU",
  burma: "MM",
  swaziland: "SZ",
  macedonia: "MK",
};

const languages = ["en", "de", "fr", "es", "it", "nl"];

const plain = (name: string): string =>
  name
    .normalize("NFKD")
    .toLowerCase()
    .replaceAll("&", "and")
    .replace(/[^\p{L}]/gu, "");

let byName: Map<string, string> | null = null;

/** Names in the languages above, made when the first name is asked for. */
function names(): Map<string, string> {
  if (byName) return byName;
  const made = new Map(Object.entries(others));
  for (const language of languages) {
    const shown = new Intl.DisplayNames([language], { type: "region", fallback: "none" });
    for (const code of alpha2) {
      const name = plain(shown.of(code) ?? "");
      if (name !== "" && !made.has(name)) made.set(name, code);
    }
  }
  byName = made;
  return made;
}

let inEnglish: Intl.DisplayNames | null = null;

/** The English name and the code, such as `Italy (IT)`; the code alone of what is no country. */
export function countryName(code: string): string {
  if (!alpha2.has(code)) return code;
  inEnglish ??= new Intl.DisplayNames(["en"], { type: "region" });
  return `${inEnglish.of(code)} (${code})`;
}

/** The ISO 3166-1 alpha-2 code of a country given as alpha-2, alpha-3 or by its name, in any case; null: there is none. */
export function countryOf(text: string): string | null {
  const code = text.trim().replaceAll(".", "").toUpperCase();
  if (alpha2.has(code)) return code;
  return byAlpha3.get(code) ?? names().get(plain(text)) ?? null;
}
