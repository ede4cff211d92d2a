// What the elements say, in English and Russian.

const ALL = {
  en: {
    points: { one: "{n} point", other: "{n} points" },
    worth: "worth {money}",
    pending: { one: "{n} more is on its way", other: "{n} more are on their way" },
    lapse: { one: "{n} point lapses on {date}", other: "{n} points lapse on {date}" },
    tier: "Tier: {name}",
    balance: "Loyalty points",
    earn: { one: "Earn {n} point", other: "Earn {n} points" },
    offers: "Offers for you",
    until: "Until {date}",
    accept: "Get it",
    look: "Look",
    dismiss: "Hide",
    notForMe: "Not for me",
    about: "{act}: {title}",
    accepted: "It is yours: {title}",
    code: "Your code:",
    codeComes: "Your code is being made.",
    gone: "Hidden: {title}",
    failed: "That did not work. Please try again.",
  },
  ru: {
    points: { one: "{n} балл", few: "{n} балла", many: "{n} баллов", other: "{n} балла" },
    worth: "на сумму {money}",
    pending: { one: "ещё {n} ожидается", few: "ещё {n} ожидаются", many: "ещё {n} ожидаются", other: "ещё {n} ожидаются" },
    lapse: { one: "{n} балл сгорит {date}", few: "{n} балла сгорят {date}", many: "{n} баллов сгорят {date}", other: "{n} балла сгорят {date}" },
    tier: "Уровень: {name}",
    balance: "Бонусные баллы",
    earn: { one: "Начислим {n} балл", few: "Начислим {n} балла", many: "Начислим {n} баллов", other: "Начислим {n} балла" },
    offers: "Предложения для вас",
    until: "До {date}",
    accept: "Получить",
    look: "Посмотреть",
    dismiss: "Скрыть",
    notForMe: "Не для меня",
    about: "{act}: {title}",
    accepted: "Теперь это ваше: {title}",
    code: "Ваш код:",
    codeComes: "Код готовится.",
    gone: "Скрыто: {title}",
    failed: "Не получилось. Попробуйте ещё раз.",
  },
};

// The language of these that a tag such as ru-RU or RU_RU names; English for all others.
export function spoken(tag) {
  const name = tag.slice(0, 2).toLowerCase();
  return name in ALL ? name : "en";
}

export class Words {
  constructor(language) {
    this.language = language;
  }

  // A sentence with what is in braces filled in; with a number `n` in the form that it takes.
  say(name, values = {}) {
    const found = ALL[this.language][name];
    const sentence = typeof found === "string" ? found : (found[new Intl.PluralRules(this.language).select(values.n)] ?? found.other);
    const { n } = values;
    const shown = typeof n === "number" ? { ...values, n: new Intl.NumberFormat(this.language).format(n) } : values;
    return sentence.replace(/\{(\w+)\}/g, (whole, key) => shown[key] ?? whole);
  }

  money({ amount, currency }) {
    return new Intl.NumberFormat(this.language, { style: "currency", currency }).format(amount);
  }

  date(text) {
    return new Intl.DateTimeFormat(this.language, { dateStyle: "medium" }).format(new Date(text));
  }
}
