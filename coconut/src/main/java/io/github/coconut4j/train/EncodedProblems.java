package io.github.coconut4j.train;

import io.github.coconut4j.method.EncodedProblem;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.IntBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import lombok.AccessLevel;
import lombok.RequiredArgsConstructor;

/**
 * Problems as tokens in a file, read one at a time; only 8 bytes per problem are in memory.
 * Thread-safe.
 *
 * <p>The file is a sequence of big-endian 32-bit integers. A problem consists of the number of
 * integers that follow, the index of its decisive token, its number of steps, and its parts, each
 * after its length: question, answer, steps, targets.
 */
@RequiredArgsConstructor(access = AccessLevel.PRIVATE)
final class EncodedProblems implements AutoCloseable {

  // Not a channel, since the thread that makes batches may be interrupted, which would close it.
  private final RandomAccessFile file;

  /** Offset of each problem, followed by the file's end. */
  private final long[] offsets;

  /** Appends a problem to a file. */
  static void write(EncodedProblem problem, DataOutputStream output) throws IOException {
    List<int[]> pieces = new ArrayList<>(List.of(problem.getQuestion(), problem.getAnswer()));
    pieces.addAll(problem.getSteps());
    pieces.addAll(problem.getTargets());
    output.writeInt(2 + pieces.stream().mapToInt(piece -> 1 + piece.length).sum());
    output.writeInt(problem.getDecisive());
    output.writeInt(problem.getSteps().size());
    for (int[] piece : pieces) {
      output.writeInt(piece.length);
      for (int token : piece) {
        output.writeInt(token);
      }
    }
  }

  /** Opens a file that {@link #write} wrote. */
  static EncodedProblems open(Path path) throws IOException {
    LongStream.Builder offsets = LongStream.builder();
    long offset = 0;
    long size = Files.size(path);
    try (DataInputStream input =
        new DataInputStream(new BufferedInputStream(Files.newInputStream(path)))) {
      while (offset < size) {
        offsets.add(offset);
        long bytes = (long) Integer.BYTES * input.readInt();
        input.skipNBytes(bytes);
        offset += Integer.BYTES + bytes;
      }
    }
    offsets.add(offset);
    return new EncodedProblems(new RandomAccessFile(path.toFile(), "r"), offsets.build().toArray());
  }

  int size() {
    return offsets.length - 1;
  }

  EncodedProblem get(int index) {
    IntBuffer integers = read(index);
    integers.get(); // number of problems
    int decisive = integers.get();
    int stepCount = integers.get();
    int[] question = piece(integers);
    int[] answer = piece(integers);
    List<int[]> rest = new ArrayList<>();
    while (integers.hasRemaining()) {
      rest.add(piece(integers));
    }
    List<int[]> steps = List.copyOf(rest.subList(0, stepCount));
    List<int[]> targets = List.copyOf(rest.subList(stepCount, rest.size()));
    return new EncodedProblem(question, steps, answer, decisive, targets);
  }

  private static int[] piece(IntBuffer integers) {
    int[] piece = new int[integers.get()];
    integers.get(piece);
    return piece;
  }

  private IntBuffer read(int index) {
    byte[] bytes = new byte[Math.toIntExact(offsets[index + 1] - offsets[index])];
    try {
      synchronized (file) {
        file.seek(offsets[index]);
        file.readFully(bytes);
      }
    } catch (EOFException e) {
      throw new UncheckedIOException(
          "The run's tokens must stay as they are while it trains, but its file became shorter."
              + " Continue with --resume, which rebuilds it.",
          e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return ByteBuffer.wrap(bytes).asIntBuffer();
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
