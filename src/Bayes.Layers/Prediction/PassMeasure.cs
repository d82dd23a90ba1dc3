using System.Runtime.CompilerServices;
using Bayes.Layers.Estimators;
using Bayes.Layers.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Prediction;

/// <summary>
/// Tells what one row of an input takes on its way through a model, measured by a pass of three rows. That pass also checks that the model does not
/// mix rows.
/// </summary>
/// <param name="Inputs">The shape of one row of each input, and its type.</param>
/// <param name="Kept">The shape of one row behind the deterministic front; null without a front.</param>
/// <param name="KeptType">The type behind the deterministic front.</param>
/// <param name="KeptBytes">What one row takes behind the deterministic front; 0 without a front.</param>
/// <param name="FrontBytes">What one row takes on its way through the front; 0 without a front.</param>
/// <param name="RestBytes">What one row takes on its way through one draw of the rest.</param>
/// <param name="RestBytesOfAll">What all values of one row on this way take, if each is kept for a gradient.</param>
/// <param name="NumbersLookedUp">How many numbers of weights whose rows are looked up one row uses.</param>
internal sealed record PassMeasure(
    (long[] RowShape, ScalarType Type)[] Inputs, long[]? Kept, ScalarType KeptType, long KeptBytes, long FrontBytes, long RestBytes,
    long RestBytesOfAll, long NumbersLookedUp)
{
    // The number of values between layers that are held at a time: a layer's input and output, and copies in another layout.
    private const int ValuesHeld = 4;

    // The bytes that summing up takes for an element of the output: some copies in double precision.
    private const int BytesToSumUp = 8 * sizeof(double);

    // If a pass fails, the whole input is passed again for the message, unless its values take more than this.
    private const long BytesToRepeat = 64L << 20;

    // The last measure of each model.
    private static readonly ConditionalWeakTable<nn.Module, PassMeasure> Last = [];

    /// <summary>Measures a model in evaluation mode, unless rows of this shape and type were the last to be measured.</summary>
    /// <param name="pass">The model's pass.</param>
    /// <param name="input"><c>[B, …]</c> for each input.</param>
    /// <exception cref="ArgumentException">The input does not fit the model.</exception>
    /// <exception cref="InvalidOperationException">A module mixes rows.</exception>
    public static PassMeasure Of(ModulePass pass, NetworkInput input)
    {
        if (Last.TryGetValue(pass.Module, out var known) && known.IsOf(input))
            return known;
        var measured = Measure(pass, input);
        Last.AddOrUpdate(pass.Module, measured);
        return measured;
    }

    /// <summary>Describes the rows of an input behind the front, which must exist.</summary>
    public RowsOfInput RowsBehindFront(NetworkInput input) => new(input.Rows, Kept!, KeptType, input[0].device_type);

    private static PassMeasure Measure(ModulePass pass, NetworkInput input)
    {
        using var scope = NewDisposeScope();
        var value = RowMixing.Rows(input);
        long frontBytes = 0;
        Tensor? kept = null;
        if (pass.Front is { } front)
        {
            long own = value.BytesPerRow;
            var (features, seen) = Probe(front.OfInputs, value);
            (kept, frontBytes) = (features.squeeze(0), ValuesHeld * Math.Max(seen.LargestBytes, own));
            value = kept.clone();
        }
        long entering = value.BytesPerRow;
        var (output, rest) = Probe(pass.Rest, value);
        return new PassMeasure(
            [.. input.Tensors.Select(tensor => (tensor.shape[1..], tensor.dtype))], kept?.shape[1..], kept?.dtype ?? input[0].dtype,
            kept is null ? 0 : entering, frontBytes, RowBytes(Math.Max(rest.LargestBytes, entering), output.numel() / output.shape[1]),
            rest.TotalBytes, rest.NumbersLookedUp);

        (Tensor Output, PassProbe Seen) Probe(Func<IReadOnlyList<Tensor>, Pass, Tensor> part, NetworkInput rows)
        {
            var probe = new PassProbe();
            var module = pass.Module;
            try
            {
                var output = PassRun.Of(
                    module, (values, own) => WatchedPass.Of(own, module, values, each => part(each, own)), rows, PosteriorMean.Instance, probe);
                return (output, probe);
            }
            catch (Exception exception) when (exception is ArgumentException or InvalidOperationException)
            {
                // Throws the same exception with the shape that the user knows in its message.
                if (input.Rows * Math.Max(probe.LargestBytes, rows.BytesPerRow) <= BytesToRepeat)
                    PassRun.Of(module, pass.Whole, input.Clone(), PosteriorMean.Instance).Dispose();
                throw;
            }
        }
    }

    /// <summary>Returns the bytes of one row, including the summing up of its output.</summary>
    /// <param name="largestBytes">What one row of the largest value on the way takes.</param>
    /// <param name="outputSize">How many numbers one row's output is.</param>
    public static long RowBytes(long largestBytes, long outputSize) => ValuesHeld * largestBytes + BytesToSumUp * outputSize;

    private bool IsOf(NetworkInput input) => Inputs.Length == input.Count && Inputs.Zip(input.Tensors).All(
        each => each.First.Type == each.Second.dtype && each.First.RowShape.AsSpan().SequenceEqual(each.Second.shape.AsSpan(1)));
}
