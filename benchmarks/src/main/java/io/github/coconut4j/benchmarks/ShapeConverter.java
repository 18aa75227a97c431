package io.github.coconut4j.benchmarks;

import io.github.coconut4j.bench.BenchShape;
import java.util.Iterator;
import java.util.stream.Stream;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Shapes under the names they have on the command line. */
final class ShapeConverter implements ITypeConverter<BenchShape>, Iterable<String> {

  @Override
  public BenchShape convert(String name) {
    return Stream.of(BenchShape.values())
        .filter(shape -> shape.toString().equalsIgnoreCase(name))
        .findFirst()
        .orElseThrow(
            () ->
                new TypeConversionException(
                    "needs one of " + String.join(", ", this) + " but is " + name));
  }

  @Override
  public Iterator<String> iterator() {
    return Stream.of(BenchShape.values()).map(BenchShape::toString).iterator();
  }
}
