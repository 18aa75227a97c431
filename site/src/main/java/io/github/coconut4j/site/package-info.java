/** The documentation's Markdown files as pages that need no network. */
package io.github.coconut4j.site;
