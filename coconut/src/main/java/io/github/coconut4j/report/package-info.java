/** Reports for a browser, which work without a network. */
package io.github.coconut4j.report;
