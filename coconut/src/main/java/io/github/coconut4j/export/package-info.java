/** Models as directories that programs open with ND4J alone. */
package io.github.coconut4j.export;
