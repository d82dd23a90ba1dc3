using System.Runtime.CompilerServices;
using Bayes.Layers.Estimators;
using Bayes.Layers.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Prediction;

/// <summary>
/// Tells what one row of an input takes on its way through a model, measured by a pass of three rows. That pass also checks that the model does not
/// mix rows.
/// </summary>
/// <param name="RowShape">The shape of one row of the input.</param>
/// <param name="Type">The input's type.</param>
/// <param name="Kept">The shape of one row behind the deterministic front; null without a front.</param>
/// <param name="KeptType">The type behind the deterministic front.</param>
/// <param name="KeptBytes">What one row takes behind the deterministic front; 0 without a front.</param>
/// <param name="FrontBytes">What one row takes on its way through the front; 0 without a front.</param>
/// <param name="RestBytes">What one row takes on its way through one draw of the rest.</param>
internal sealed record PassMeasure(
    long[] RowShape, ScalarType Type, long[]? Kept, ScalarType KeptType, long KeptBytes, long FrontBytes, long RestBytes)
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
    /// <param name="input"><c>[B, …]</c>.</param>
    /// <exception cref="ArgumentException">The input does not fit the model.</exception>
    /// <exception cref="InvalidOperationException">A module mixes rows.</exception>
    public static PassMeasure Of(ModulePass pass, Tensor input)
    {
        if (Last.TryGetValue(pass.Module, out var known) && known.IsOf(input))
            return known;
        var measured = Measure(pass, input);
        Last.AddOrUpdate(pass.Module, measured);
        return measured;
    }

    /// <summary>Describes the rows of an input behind the front, which must exist.</summary>
    public RowsOfInput RowsBehindFront(Tensor input) => new(input.shape[0], Kept!, KeptType, input.device_type);

    private static PassMeasure Measure(ModulePass pass, Tensor input)
    {
        using var scope = NewDisposeScope();
        var value = RowMixing.Rows(input);
        long frontBytes = 0;
        Tensor? kept = null;
        if (pass.Front is { } front)
        {
            long own = BytesOfRow(value);
            (value, long largest) = Probe(front.Front, value);
            (kept, frontBytes) = (value.squeeze(0), ValuesHeld * Math.Max(largest, own));
            value = kept.clone();
        }
        long entering = BytesOfRow(value);
        var (output, largestOfRest) = Probe(pass.Rest, value);
        return new PassMeasure(
            input.shape[1..], input.dtype, kept?.shape[1..], kept?.dtype ?? input.dtype, kept is null ? 0 : BytesOfRow(kept), frontBytes,
            RowBytes(Math.Max(largestOfRest, entering), output.numel() / output.shape[1]));

        (Tensor Output, long LargestBytes) Probe(Func<Tensor, Pass, Tensor> part, Tensor rows)
        {
            var probe = new PassProbe();
            var module = pass.Module;
            try
            {
                var output = PassRun.Of(
                    module, (value, own) => WatchedPass.Of(own, module, value, each => part(each, own)), rows, PosteriorMean.Instance, probe);
                return (output, probe.LargestBytes);
            }
            catch (Exception exception) when (exception is ArgumentException or InvalidOperationException)
            {
                // Throws the same exception with the shape that the user knows in its message.
                if (input.shape[0] * Math.Max(probe.LargestBytes, BytesOfRow(rows)) <= BytesToRepeat)
                    PassRun.Of(module, pass.Whole, input.clone(), PosteriorMean.Instance).Dispose();
                throw;
            }
        }
    }

    /// <summary>Returns the bytes of one row, including the summing up of its output.</summary>
    /// <param name="largestBytes">What one row of the largest value on the way takes.</param>
    /// <param name="outputSize">How many numbers one row's output is.</param>
    public static long RowBytes(long largestBytes, long outputSize) => ValuesHeld * largestBytes + BytesToSumUp * outputSize;

    private bool IsOf(Tensor input) => Type == input.dtype && RowShape.AsSpan().SequenceEqual(input.shape.AsSpan(1));

    private static long BytesOfRow(Tensor rows) => rows.numel() * rows.element_size() / rows.shape[0];
}
