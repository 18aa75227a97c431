/** Tests of the shell launcher {@code coconut4j} at the root of the checkout. */
package io.github.coconut4j.launcher;
