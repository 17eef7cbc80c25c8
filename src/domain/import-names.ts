/** What the trade calls its columns. Names are compared without case, spaces and signs. */

const address: Readonly<Record<string, string>> = {
  name: "name fullname recipientname contact contactname contactperson attention attn attnname to recipient consignee",
  company: "company companyname organization organisation business businessname firma",
  first_name: "firstname fname givenname vorname",
  last_name: "lastname lname surname familyname nachname",
  address_1:
    "address1 address addressline1 addr1 addr street street1 streetaddress streetaddress1 line1 addressline strasse straße",
  address_2: "address2 addressline2 addr2 street2 streetaddress2 line2 apt suite unit adresszusatz",
  address_3: "address3 addressline3 addr3 street3 line3",
  city: "city town cityname locality ort stadt",
  state: "state stateprovince statecode province provincecode region county bundesland",
  zip: "zip zipcode postalcode postcode post postal plz postleitzahl",
  country: "country countrycode countryname countryiso countryiso2 land",
  phone: "phone phonenumber phoneno telephone tel telephonenumber mobile mobilenumber telefon",
  email: "email emailaddress mail",
  type: "addresstype residentialcommercial",
};

const order: Readonly<Record<string, string>> = {
  number:
    "order orderno ordernumber ordernum ordernr orderid ordername orderref orderreference reference referenceno referencenumber ref refno salesorder salesorderno salesordernumber sono custref customerreference bestellnummer bestellnr auftragsnummer auftrag auftragsnr",
  source_id: "sourceid externalid externalorderid uniqueid",
  po_number:
    "po pono ponum ponumber purchaseorder purchaseordernumber purchaseorderno customerpo custpo",
  customer_id:
    "customerid custid customerno customernumber accountno accountnumber kundennummer kundennr",
  ship_code:
    "shipmethod shippingmethod shipcode shippingcode shipvia shipservice shippingservice servicelevel service deliverymethod method shippingoption versandart",
  carrier: "carrier carriername carriercode shippingcarrier shipcarrier",
  ship_account_no:
    "shipaccount shipaccountno shippingaccount shippingaccountnumber thirdpartyaccount thirdpartyaccountnumber",
  ship_account_zip: "shipaccountzip shippingaccountzip thirdpartyzip",
  shipping_instructions:
    "notes note ordernotes ordernote shippinginstructions shippingnotes shipinstructions deliveryinstructions deliverynotes specialinstructions instructions comments comment ordercomments customernote customernotes bemerkung",
  order_date:
    "orderdate date ordereddate orderedat dateordered created createdat datecreated createddate placedat orderplaced purchasedate bestelldatum datum",
  requested_ship_date:
    "requestedshipdate requestshipdate reqshipdate shipdate shipon shipby shipbydate requestedshippingdate requesteddate plannedshipdate liefertermin",
  expected_delivery_date:
    "expecteddeliverydate expecteddelivery deliverydate deliverby deliverbydate requesteddeliverydate arrivaldate",
  latest_ship_date: "latestshipdate lastshipdate canceldate cancelafter cancelafterdate mustshipby",
  currency: "currency currencycode ordercurrency währung",
  sub_total: "subtotal ordersubtotal",
  order_discount: "orderdiscount discounttotal totaldiscount discountamount",
  sales_tax: "salestax ordertax taxtotal totaltax taxes",
  shipping_handling:
    "shipping shippingcost shippingcosts shippingprice shippingamount shippingtotal shippinghandling shippingfee shippingcharge freight postage versandkosten",
  grand_total:
    "total grandtotal ordertotal totalamount orderamount amount totalprice gesamtbetrag summe",
  gift_message: "giftmessage giftnote giftmsg",
  gift_wrap: "giftwrap giftwrapping isgift",
  promo_code: "promocode coupon couponcode discountcode voucher promotion",
  order_source: "ordersource source saleschannel channel marketplace store storename shop",
  location: "location warehouse warehousecode facility",
  custom_1: "custom1 customfield1",
  custom_2: "custom2 customfield2",
  custom_3: "custom3 customfield3",
  custom_4: "custom4 customfield4",
  custom_5: "custom5 customfield5",
  status: "status orderstatus",
  payment_status: "paymentstatus financialstatus",
  fulfilment_status: "fulfilmentstatus fulfillmentstatus",
  tags: "tags ordertags",
  is_test: "test istest testorder",
  "stands_for.cart": "standsforcart standsforshop replacescart",
  "stands_for.number": "standsfornumber standsfororder standsfor replacesorder replaces",
};

const line: Readonly<Record<string, string>> = {
  line_id: "lineid linenumber lineno linenum itemid orderlineid orderitemid",
  sku: "sku skus item items itemsku itemcode itemno itemnumber itemnum productsku productcode productid productno productnumber article articleno articlenumber articlecode partno partnumber part code variantsku lineitemsku artikel artikelnummer artikelnr",
  description:
    "description desc itemname itemdescription itemdesc itemtitle productname producttitle producttitel productdescription product title lineitemname bezeichnung artikelbezeichnung",
  quantity:
    "qty quantity qtyordered orderqty orderquantity quantityordered itemqty itemquantity units pieces pcs count lineitemquantity menge anzahl stück stueck",
  price:
    "price unitprice itemprice priceeach each priceperunit cost unitcost rate lineitemprice preis einzelpreis stückpreis",
  discount: "itemdiscount linediscount unitdiscount lineitemdiscount",
  extended_amount: "linetotal extendedamount extendedprice itemtotal lineamount",
  tax: "tax itemtax linetax",
  comment: "itemnote itemnotes linenote linenotes linecomment itemcomment",
  lot_number: "lot lotno lotnumber batch batchnumber",
  weight_g: "weightg itemweightg gewichtg",
  weight_kg: "weightkg itemweightkg gewichtkg",
  weight_lb: "weightlb weightlbs itemweightlb",
  weight_oz: "weightoz itemweightoz",
  hs_code: "hscode hstariffcode harmonizedcode tariffcode commoditycode",
  country_of_origin: "countryoforigin origin coo",
  declared_value: "declaredvalue customsvalue",
};

/** "ShipTo_Name" and "ship to name" are both `shiptoname`. */
const squashed = (name: string): string =>
  name
    .toLowerCase()
    .replaceAll("#", "no")
    .replace(/[^\p{L}\p{N}]/gu, "");

const turned = (table: Readonly<Record<string, string>>, prefix: string): [string, string][] =>
  Object.entries(table).flatMap(([field, names]) =>
    names.split(" ").map((name): [string, string] => [name, `${prefix}${field}`]),
  );

const addressNames = new Map(turned(address, ""));
const orderNames = new Map(turned(order, ""));
const lineNames = new Map(turned(line, "line."));

const SHIP =
  /^(?:shipto|shipping|ship|deliveryto|delivery|deliverto|recipients?|consignee|receiver|destination|dest|customer|lieferung|liefer)(?=.)/;
const BILL = /^(?:billto|billing|bill|invoiceto|invoice|soldto|buyer|payer|rechnungs?)(?=.)/;

function addressField(name: string): string | null {
  for (const [pattern, group] of [
    [BILL, "bill_to"],
    [SHIP, "ship_to"],
  ] as const) {
    const rest = name.replace(pattern, "");
    // "shippingaddressline1" and "shippingaddresscity"
    const field =
      rest === name
        ? undefined
        : (addressNames.get(rest) ?? addressNames.get(rest.replace(/^address/, "")));
    if (field !== undefined) return `${group}.${field}`;
  }
  const own = addressNames.get(name);
  return own === undefined ? null : `ship_to.${own}`;
}

/** The field that a column's name stands for, and which item of the order it belongs to, if the name counts them. */
export function fieldNamed(column: string): { field: string; item: number | null } | null {
  const name = squashed(column);
  const own = orderNames.get(name) ?? lineNames.get(name);
  if (own !== undefined) return { field: own, item: null };
  const ofAddress = addressField(name);
  if (ofAddress !== null) return { field: ofAddress, item: null };
  const [, before, digits, behind] = /^(\D+)(\d{1,3})(\D*)$/.exec(name) ?? [];
  const counted = lineNames.get(`${before}${behind}`);
  const item = Number(digits);
  return counted !== undefined && item >= 1 && item <= 250 ? { field: counted, item } : null;
}
