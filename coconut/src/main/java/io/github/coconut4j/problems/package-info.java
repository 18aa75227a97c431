/** Where problems come from: files, or generators named in a configuration. */
package io.github.coconut4j.problems;
