/** Arbiter runners that end, remember and go on. */
package io.github.coconut4j.tuning.runner;
