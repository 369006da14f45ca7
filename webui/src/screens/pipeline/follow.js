// The space bar where something is followed: it follows or freezes.

/** Is this press of the space bar for that, and not for the button that has the focus? */
export const isToggle = (event) => !event.target.closest("button, a, summary") || Boolean(event.target.closest(".seg"));
