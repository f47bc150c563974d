// An article's content as plain values: a blank one, whether two are the same, and three versions made one.

import { FIELDS } from "./operator_words.js";

const LISTS = ["questions", "held_out", "offerings", "followups"];

export const blank = () => ({
  title: "", category: "", questions: [], held_out: [], answer: "", channels: {}, regions: {}, link: null, image: null, card: null,
  offerings: [], followups: [], valid_from: null, valid_to: null,
});

/** Whether a field holds the same in two versions; the order of the keys of a mapping does not count. */
export const isSame = (one, other) => written(one) === written(other);

const written = (value) => JSON.stringify(value ?? null, (key, found) => (found && typeof found === "object" && !Array.isArray(found) ? Object.fromEntries(Object.entries(found).sort()) : found));

/** The fields in which two versions differ. */
export const differing = (one, other) => Object.keys(FIELDS).filter((name) => !isSame(one[name], other[name]));

/**
 * Merge mine and theirs, both made from base. What only one side changed is taken from that side; lists are merged item by
 * item. {merged, mine, theirs, both}: the three lists name the fields that only I, only they, and both of us changed.
 */
export function merge(base, mine, theirs) {
  const result = { merged: { ...theirs }, mine: [], theirs: [], both: [] };
  for (const name of Object.keys(FIELDS)) {
    const isMine = !isSame(base[name], mine[name]), isTheirs = !isSame(base[name], theirs[name]);
    if (isMine && isTheirs && !isSame(mine[name], theirs[name])) {
      result.both.push(name);
      result.merged[name] = LISTS.includes(name) ? mergedList(base[name], mine[name], theirs[name]) : mine[name];
    } else if (isMine) {
      result.mine.push(name);
      result.merged[name] = mine[name];
    } else if (isTheirs) result.theirs.push(name);
  }
  return result;
}

/** Theirs without what I took out, and what I added behind it. */
function mergedList(base, mine, theirs) {
  const removed = new Set(base.filter((item) => !mine.includes(item)));
  return [...new Set([...theirs.filter((item) => !removed.has(item)), ...mine.filter((item) => !base.includes(item))])];
}

export const isList = (name) => LISTS.includes(name);
