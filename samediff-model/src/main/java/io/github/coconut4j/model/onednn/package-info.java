/**
 * The operations of {@code model.loop} on processors, by oneDNN: the only code besides {@code
 * model.memory} that knows native pointers. No public API.
 */
package io.github.coconut4j.model.onednn;
