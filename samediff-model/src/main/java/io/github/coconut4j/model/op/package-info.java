/** SameDiff ops that run in Java, and the session that SameDiff runs them in. */
package io.github.coconut4j.model.op;
