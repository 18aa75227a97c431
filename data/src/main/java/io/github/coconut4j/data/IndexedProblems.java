package io.github.coconut4j.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.AbstractList;
import java.util.Objects;
import java.util.RandomAccess;

/**
 * The problems of a file, each read on access; memory holds only 8 bytes per problem, its offset.
 * Thread-safe. The file must not change while the list is used; a change of its size or time throws
 * an {@link InvalidProblemException}.
 */
public final class IndexedProblems extends AbstractList<ReasoningProblem> implements RandomAccess {

  /** Reads one problem from its bytes, which may be followed by a separator. */
  @FunctionalInterface
  public interface Parser {
    /**
     * Reads a problem.
     *
     * @throws InvalidProblemException if it has another format
     */
    ReasoningProblem parse(byte[] bytes) throws IOException;
  }

  private final Path file;
  private final Parser parser;
  private final long fileSize;
  private final FileTime fileTime;

  /** Offset of each problem, then of the end of the last. */
  private final long[] offsets;

  /**
   * Makes a list of problems with known offsets.
   *
   * @param offsets offset in bytes of each problem and of the end of the last one
   * @throws IOException if the file cannot be read
   */
  public IndexedProblems(Path file, Parser parser, long[] offsets) throws IOException {
    this.file = file;
    this.parser = parser;
    this.offsets = offsets.clone();
    fileSize = Files.size(file);
    fileTime = Files.getLastModifiedTime(file);
  }

  @Override
  public int size() {
    return offsets.length - 1;
  }

  /**
   * Reads a problem.
   *
   * @throws InvalidProblemException if the file has changed
   * @throws UncheckedIOException if it cannot be read
   */
  @Override
  public ReasoningProblem get(int index) {
    Objects.checkIndex(index, size());
    try {
      return parser.parse(bytes(index));
    } catch (InvalidProblemException | JsonProcessingException e) {
      throw changed(e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private byte[] bytes(int index) throws IOException {
    if (Files.size(file) != fileSize || !Files.getLastModifiedTime(file).equals(fileTime)) {
      throw changed(null);
    }
    byte[] bytes = new byte[Math.toIntExact(offsets[index + 1] - offsets[index])];
    // Not a channel, which an interrupt would close. Not mapped, since JavaCPP would count that as
    // its memory.
    try (RandomAccessFile opened = new RandomAccessFile(file.toFile(), "r")) {
      opened.seek(offsets[index]);
      opened.readFully(bytes);
    }
    return bytes;
  }

  private InvalidProblemException changed(Exception cause) {
    return new InvalidProblemException(
        file + " must stay as it is while it is used, found it changed; begin again", cause);
  }
}
