/** Arbiter runners that end, record results and resume. */
package io.github.coconut4j.tuning.runner;
