/**
 * What each kind of record looks like to whoever signs it: sections in reading order, as paths into the record. A field
 * that no section names is listed by its pointer (`unshown`), so that a layout can forget a field but not hide it.
 */

/** @typedef {import("./view.js").Reader} Reader */
/** @typedef {import("./view.js").Section} Section */
/** @typedef {(reader: Reader) => Section[]} Layout */

/** @type {Layout} */
const prescription = (reader) => {
  const { t } = reader;
  return [
    reader.section(t("Patient", "患者"), "/body/patient", [
      ["name", t("name", "姓名")],
      ["sex", t("sex", "性别"), "sex"],
      ["birth_date", t("born", "出生日期")],
      ["id_type", t("identity document", "证件类型"), "id_type"],
      ["id_number", t("identity number", "证件号码")],
      ["insurance_number", t("insurance number", "医保号")],
    ]),
    reader.section(t("Prescription", "处方"), "/body", [
      ["type", t("kind", "处方类别"), "type"],
      ["note", t("note", "备注")],
      ["supply_reason/code", t("reason for longer supply", "超量理由"), "reason"],
      ["supply_reason/text", t("reason in words", "理由说明")],
    ]),
    reader.list("/body/diagnoses", t("Diagnoses", "诊断"), t("diagnosis", "诊断"), [
      ["name", ""],
      ["code", " "],
      ["system", ", "],
    ]),
    ...reader.each("/body/lines", t("Drug", "药品"), [
      ["number", t("line", "组号")],
      ["name", t("name", "名称")],
      ["specification", t("specification", "规格")],
      ["dose", t("single dose", "单次剂量"), "amount"],
      ["frequency", t("frequency", "频次"), "frequency"],
      ["route", t("route", "给药途径"), "route"],
      ["days", t("days", "天数")],
      ["quantity", t("quantity", "数量"), "amount"],
      ["note", t("note", "备注")],
      ["control/class", t("controlled as", "管制类别"), "class"],
      ["control/form", t("form", "剂型"), "form"],
      ["control/indication", t("indication", "适应证"), "indication"],
      ["item_type", t("kind of drug", "药品类别"), "item_type"],
      ["code", t("drug code", "药品编码")],
      ["code_system", t("coding system", "编码体系")],
    ]),
    reader.list("/body/windows", t("Windows of use", "使用时段"), t("window", "时段"), [
      ["not_before", "", "time"],
      ["not_after", " – ", "time"],
    ]),
    reader.list("/body/claims", t("Claims", "权利份额"), t("claim", "份额"), claimParts(reader)),
    reader.holders(),
    staff(reader, "prescriber", t("Prescriber", "开方医师"), [
      ["department_name", t("department", "科室")],
      ["department_code", t("department code", "科室代码")],
    ]),
  ];
};

/** @type {Layout} */
const review = (reader) => {
  const { t } = reader;
  return [
    reader.section(t("Review", "审方"), "/body", [
      ["decision", t("decision", "审核结论"), "decision"],
      ["reasons", t("found", "所见问题"), "list:review_reason"],
      ["opinion", t("opinion", "审核意见")],
    ]),
    reference(reader, "/body/prescription", t("Prescription", "处方")),
    staff(reader, "pharmacist", t("Pharmacist", "药师")),
  ];
};

/** @type {Layout} */
const dispensing = (reader) => {
  const { t } = reader;
  return [
    ...reader.each("/body/prescriptions", t("Prescription", "处方"), [
      ...referenceRows(reader),
      ["claims", t("claims", "权利份额"), "rows:claim"],
    ]),
    ...reader.each("/body/packs", t("Pack", "药品包装"), [
      ["product/name", t("product", "产品")],
      ["units_used", t("units dispensed", "发出数量")],
      ["total_units", t("units in the pack", "包装总量")],
      ["unit", t("unit", "单位")],
      ["lot", t("lot", "批号")],
      ["expires_on", t("expires", "有效期至")],
      ["code", t("trace code", "药品追溯码")],
      ["form", t("form of the code", "编码形式"), "pack_form"],
      ["flags", t("flags", "提示"), "list:flag"],
      ["line/prescription", t("for prescription", "所属处方"), "place"],
      ["line/line", t("for line", "所属组号")],
      ["product/code", t("product code", "产品编码")],
      ["product/code_system", t("coding system", "编码体系")],
      ["token", t("token", "包装令牌")],
    ]),
    ...reader.each("/body/charges/lines", t("Charge", "费用"), [
      ["name", t("drug", "药品")],
      ["quantity", t("quantity", "数量"), "amount"],
      ["unit_price_minor", t("unit price", "单价"), "money"],
      ["amount_minor", t("amount", "金额"), "money"],
      ["prescription", t("of prescription", "所属处方"), "place"],
      ["line", t("of line", "所属组号")],
    ]),
    reader.section(t("Charges", "费用合计"), "/body", [
      ["charges/total_minor", t("total", "合计"), "money"],
      ["charges/currency", t("currency", "币种")],
      ["is_offline", t("made offline", "离线发药"), "yes"],
    ]),
    reference(reader, "/body/review", t("Review that it rests on", "所依据的审方")),
    ...use(reader),
    staff(reader, "pharmacist", t("Pharmacist", "药师")),
  ];
};

/** @type {Layout} */
const settlement = (reader) => {
  const { t } = reader;
  const shares = [
    ["amount_minor", t("charged", "申报金额"), "money"],
    ["fund_minor", t("fund", "统筹基金"), "money"],
    ["account_minor", t("account", "个人账户"), "money"],
    ["cash_minor", t("cash", "现金"), "money"],
    ["reduced_minor", t("reduced", "核减"), "money"],
  ];
  return [
    reader.section(t("Settlement", "结算"), "/body", [
      ["decision", t("decision", "核定结论"), "decision"],
      ["currency", t("currency", "币种")],
      ["note", t("note", "备注")],
    ]),
    reader.section(t("Totals", "合计"), "/body/totals", shares),
    ...reader.each("/body/lines", t("Line", "费用行"), [
      ["line", t("charge", "对应费用行"), "place"],
      ...shares,
      ["reason", t("reason", "原因"), "reduction_reason"],
    ]),
    reference(reader, "/body/dispensing", t("Dispensing", "发药")),
    reader.scalars("/body/claims", t("Claims settled", "结算的份额"), t("claim", "份额")),
    ...use(reader),
    staff(reader, "adjudicator", t("Adjudicator", "审核人")),
  ];
};

/** @type {Layout} */
const voiding = (reader) => {
  const { t } = reader;
  return [
    reason(reader, t("Void", "作废"), "void_reason"),
    reference(reader, "/body/prescription", t("Prescription", "处方")),
    reader.section(t("Claims taken back", "收回的份额"), "/body", [["ordinals", t("claims", "权利份额"), "list:place"]]),
    staff(reader, "prescriber", t("Prescriber", "医师")),
  ];
};

/** @type {Layout} */
const restore = (reader) => {
  const { t } = reader;
  return [
    reason(reader, t("Restore", "恢复"), "restore_reason"),
    reference(reader, "/body/dispensing", t("Dispensing", "发药")),
    staff(reader, "pharmacist", t("Pharmacist", "药师")),
  ];
};

/** @type {Layout} */
const reversal = (reader) => {
  const { t } = reader;
  return [
    reason(reader, t("Reversal", "冲正"), "reversal_reason"),
    reference(reader, "/body/settlement", t("Settlement", "结算")),
    reference(reader, "/body/dispensing", t("Dispensing", "发药")),
    reader.scalars("/body/claims", t("Claims dispensed again", "退回已发药状态的份额"), t("claim", "份额")),
    staff(reader, "adjudicator", t("Adjudicator", "审核人")),
  ];
};

/** @type {Layout} */
const refusal = (reader) => {
  const { t } = reader;
  return [
    reason(reader, t("Refusal", "拒绝发药"), "refusal_reason", [
      ["chain_error", t("the chain's error", "链上错误")],
    ]),
    reference(reader, "/body/prescription", t("Prescription", "处方")),
    reference(reader, "/body/dispensing", t("Dispensing that was refused", "被拒绝的发药")),
    staff(reader, "pharmacist", t("Pharmacist", "药师")),
  ];
};

/** @type {Layout} */
const lot = (reader) => {
  const { t } = reader;
  return [
    reader.section(t("Lot", "批次"), "/body", [
      ["event", t("event", "事项"), "event"],
      ["reason", t("reason", "原因")],
      ["product/name", t("product", "产品")],
      ["product/specification", t("specification", "规格")],
      ["product/code", t("product code", "产品编码")],
      ["product/code_system", t("coding system", "编码体系")],
      ["lot", t("lot", "批号")],
      ["made_on", t("made", "生产日期")],
      ["expires_on", t("expires", "有效期至")],
      ["units_per_pack", t("units per pack", "每包装数量")],
      ["unit", t("unit", "单位")],
    ]),
    reader.scalars("/body/packs", t("Packs, by their tokens", "包装（按令牌）"), t("pack", "包装")),
    staff(reader, "releaser", t("Released by", "放行人")),
  ];
};

/** @type {Layout} */
const demand = (reader) => {
  const { t } = reader;
  return [
    reader.section(t("Demand", "调阅要求"), "/body", [
      ["purpose", t("purpose", "目的"), "purpose"],
      ["grounds", t("grounds", "依据")],
      ["answer_by", t("answer by", "答复期限"), "time"],
      ["recipient_key", t("key to wrap to", "接收公钥")],
    ]),
    reference(reader, "/body/subject", t("Record asked for", "所要求的记录")),
    staff(reader, "officer", t("Officer", "监管人员")),
  ];
};

/** @type {Layout} */
const access = (reader) => {
  const { t } = reader;
  return [
    reader.section(t("Answer", "调阅答复"), "/body", [
      ["decision", t("decision", "答复结论"), "decision"],
      ["reason", t("reason", "原因")],
      ["wrapped_key_sha256", t("hash of the wrapped key", "封装密钥的哈希")],
    ]),
    reference(reader, "/body/demand", t("Demand", "调阅要求")),
    reference(reader, "/body/subject", t("Record", "记录")),
    staff(reader, "clerk", t("Clerk", "经办人")),
  ];
};

/** @type {{ readonly [schema: string]: Layout }} */
export const LAYOUTS = Object.freeze({
  "rx.prescription/1": prescription,
  "rx.review/1": review,
  "rx.dispensing/1": dispensing,
  "rx.settlement/1": settlement,
  "rx.void/1": voiding,
  "rx.restore/1": restore,
  "rx.reversal/1": reversal,
  "rx.refusal/1": refusal,
  "rx.lot/1": lot,
  "rx.demand/1": demand,
  "rx.access/1": access,
});

/** How a claim's parts are joined in one row. @param {Reader} reader */
export function claimParts({ t }) {
  return [
    ["ordinal", t("number ", "序号 "), "place"],
    ["line", t(", of line ", "，组号 ")],
    ["part", t(", part ", "，第几份 ")],
    ["quantity", t(", quantity ", "，数量 "), "amount"],
  ];
}

/** @param {Reader} reader @returns {Section[]} */
function use(reader) {
  const { t } = reader;
  return [
    reader.section(t("Use, as the chain is told", "告知链的使用"), "/body/use", [
      ["spender", t("used by institution", "使用机构")],
      ["payer", t("to be paid by institution (0: nobody)", "付费机构（0 为无）")],
      ["kind", t("kind of claims", "份额类别")],
    ]),
    reader.list("/body/use/claims", t("Claims used", "使用的份额"), t("claim", "份额"), [
      ["claim", ""],
      ["restore_count", t(", restored before: ", "，此前恢复次数：")],
    ]),
    reader.list("/body/use/packs", t("Packs used", "使用的包装"), t("pack", "包装"), [
      ["token", ""],
      ["units_used", t(", units used: ", "，使用数量：")],
      ["total_units", t(" of ", " / ")],
    ]),
  ];
}

/** @param {Reader} reader @param {string} heading @param {string} words @param {string[][]} [more] */
function reason(reader, heading, words, more = []) {
  const { t } = reader;
  const rows = [["reason", t("reason", "原因"), words], ...more, ["note", t("note", "备注")]];
  return reader.section(heading, "/body", rows);
}

/** @param {Reader} reader */
function referenceRows({ t }) {
  return [
    ["institution", t("institution", "机构")],
    ["id", t("record id", "记录编号")],
    ["window", t("window", "时段"), "place"],
    ["not_before", t("from", "起始"), "time"],
    ["commitment", t("commitment", "承诺")],
  ];
}

/** @param {Reader} reader @param {string} base @param {string} heading */
function reference(reader, base, heading) {
  return reader.section(heading, base, referenceRows(reader));
}

/** @param {Reader} reader @param {string} member @param {string} heading @param {string[][]} [more] */
function staff(reader, member, heading, more = []) {
  const { t } = reader;
  const rows = [["name", t("name", "姓名")], ["code", t("code", "代码")], ...more];
  return reader.section(heading, `/body/${member}`, rows);
}
