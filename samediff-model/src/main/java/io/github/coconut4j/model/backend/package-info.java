/** What computes: backends, ranked and found as services, and what one has to provide. */
package io.github.coconut4j.model.backend;
