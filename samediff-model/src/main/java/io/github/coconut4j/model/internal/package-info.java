/** What several packages share: checks, and closing after a failure; not public API. */
package io.github.coconut4j.model.internal;
