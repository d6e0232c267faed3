// What the server sends, as docs/flow-api.md describes it. Types only; nothing here runs.

/**
 * @typedef {{ value: string, label: string }} Option
 * @typedef {{ label: string, url: string }} LegalLink
 * @typedef {"front" | "back" | "center" | "left" | "right"} PartName
 * @typedef {{ part: PartName, label: string, hint: string | null, present: boolean }} Part
 * @typedef {"manual" | "auto" | "upload"} CaptureMethod
 *
 * @typedef {object} CaptureRules
 * @property {boolean} camera
 * @property {boolean} upload
 * @property {string[]} accept
 * @property {number} min_bytes
 * @property {number} max_bytes
 * @property {number} min_px
 * @property {number} max_px
 *
 * @typedef {object} FormComponent
 * @property {string} key
 * @property {string} type
 * @property {string} label
 * @property {string | null} [hint]
 * @property {boolean} [required]
 * @property {any} [value]
 * @property {Option[] | null} [options]
 * @property {number | null} [max_length]
 * @property {string | null} [autocomplete]
 *
 * @typedef {object} FlowResult
 * @property {string} status
 * @property {object | null} [fields]
 * @property {string | null} [reference_id]
 *
 * A screen of any kind; which members are set depends on `kind`.
 * @typedef {object} Screen
 * @property {string} step
 * @property {string} kind
 * @property {number} revision
 * @property {string} title
 * @property {string | null} [body]
 * @property {boolean} [back]
 * @property {string | { label: string } | null} [button]
 * @property {LegalLink[]} [legal]
 * @property {FormComponent[]} [components]
 * @property {Option[]} [options]
 * @property {string | null} [value]
 * @property {string | null} [country]
 * @property {string | null} [id_class]
 * @property {Part[]} [parts]
 * @property {CaptureRules} [capture]
 * @property {number} [poll_ms]
 * @property {string | null} [hint]
 * @property {string | null} [redirect]
 * @property {FlowResult} [result]
 * @property {string} [code]
 *
 * @typedef {object} PreferredDimensions
 * @property {string} [minimumWidth]
 * @property {string} [maximumWidth]
 * @property {string} [minimumHeight]
 * @property {string} [maximumHeight]
 *
 * @typedef {object} Theme
 * @property {string | null} [variant]
 * @property {Record<string, string> | null} [variables]
 * @property {string | null} [border_radius]
 * @property {PreferredDimensions | null} [preferred_dimensions]
 *
 * @typedef {object} State
 * @property {{ id: string, status: string } | null} [inquiry]
 * @property {string | null} [session_token]
 * @property {"sandbox" | "production"} [environment]
 * @property {{ outcome: "passed" | "failed" } | null} [simulate]
 * @property {string} [locale]
 * @property {string} [direction]
 * @property {{ code: string, name: string }[]} [locales]
 * @property {Record<string, string>} [texts]
 * @property {Theme | null} [theme]
 * @property {number} [step_count]
 * @property {number} [step_index]
 * @property {string | null} [cancel_redirect]
 * @property {Screen} screen
 *
 * @typedef {{ key: string, message: string }} Problem
 * @typedef {{ code: string, status: number, message?: string }} WireError
 *
 * What a screen module gives back to the flow.
 * @typedef {object} View
 * @property {Node[]} nodes What goes into the main element.
 * @property {() => void} [dispose] Called when the screen goes: stop cameras, timers, uploads.
 * @property {(problems: Problem[]) => void} [showProblems] A refused submission.
 */

export {};
