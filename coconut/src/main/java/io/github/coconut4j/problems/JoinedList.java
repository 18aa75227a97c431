package io.github.coconut4j.problems;

import java.util.AbstractList;
import java.util.List;
import java.util.Objects;
import java.util.RandomAccess;

/** A concatenation of lists without copying, since their elements may be read from files. */
final class JoinedList<E> extends AbstractList<E> implements RandomAccess {

  private final List<List<E>> parts;
  private final int size;

  JoinedList(List<List<E>> parts) {
    this.parts = List.copyOf(parts);
    this.size = parts.stream().mapToInt(List::size).reduce(0, Math::addExact);
  }

  @Override
  public E get(int index) {
    Objects.checkIndex(index, size);
    int inPart = index;
    int part = 0;
    while (inPart >= parts.get(part).size()) {
      inPart -= parts.get(part).size();
      part++;
    }
    return parts.get(part).get(inPart);
  }

  @Override
  public int size() {
    return size;
  }
}
