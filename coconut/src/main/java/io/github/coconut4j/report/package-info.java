/** Reports that a person opens in a browser, without a network. */
package io.github.coconut4j.report;
