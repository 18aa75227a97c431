/** Checks that several packages share; no public API. */
package io.github.coconut4j.model.internal;
