/** What one partition's log came to so far. All grow only, and all are functions of the log alone. */
export interface LearnerCounters {
  /** Decisions opened. */
  decisions: number
  /** Decision records with an id that was known. */
  decisionsDuplicate: number
  activations: number
  /** Activations without effect: repeated, not needed, after the window, or about no decision we know. */
  activationsIgnored: number
  /** Feedback that became part of its decision, in the window or late. */
  feedbackAccepted: number
  /** Part of the above: accepted after the decision had matured. */
  feedbackLate: number
  feedbackDuplicate: number
  /** A known feedback id with other content. */
  feedbackConflict: number
  /** About an item its decision did not show. */
  feedbackUnknownItem: number
  /** More than `MAX_FEEDBACK_PER_ITEM` about one item. */
  feedbackOverLimit: number
  /** About a decision that was never seen in time, was discarded, or is long forgotten. */
  feedbackUnmatched: number
  /** After the horizon. */
  feedbackExpired: number
  /** Late, and about an item that did not count as seen when its decision matured. */
  feedbackUnexamined: number
  /** Decisions learned from. */
  matured: number
  /** Shown items learned from. */
  observations: number
  /** Deferred decisions that were never activated. */
  discarded: number
  /** Late feedback that moved a credited reward. */
  corrected: number
  /** Rewards whose expression gave no number; the default reward was credited. */
  rewardErrors: number
  /** Placement records whose version was known. */
  placementsRepeated: number
}

export function createCounters(): LearnerCounters {
  return {
    decisions: 0, decisionsDuplicate: 0, activations: 0, activationsIgnored: 0,
    feedbackAccepted: 0, feedbackLate: 0, feedbackDuplicate: 0, feedbackConflict: 0, feedbackUnknownItem: 0, feedbackOverLimit: 0,
    feedbackUnmatched: 0, feedbackExpired: 0, feedbackUnexamined: 0,
    matured: 0, observations: 0, discarded: 0, corrected: 0, rewardErrors: 0, placementsRepeated: 0,
  }
}

/** One placement's totals, in raw reward (before `unit` scaling), quantised, so they are exact. */
export interface PlacementSums {
  decisions: number
  observations: number
  creditedReward: number
}
