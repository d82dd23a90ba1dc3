using static TorchSharp.torch;

namespace Bayes.Layers.Estimators;

/// <summary>Measures the size of the values that pass between modules.</summary>
internal sealed class PassProbe
{
    /// <summary>Gets the bytes of one row of the largest value so far.</summary>
    public long LargestBytes { get; private set; }

    /// <summary>Gets the bytes of one row of all values so far.</summary>
    public long TotalBytes { get; private set; }

    /// <summary>Gets how many numbers of weights whose rows are looked up (<see cref="Maps.BilinearMap.UsesRows"/>) one row uses.</summary>
    public long NumbersLookedUp { get; private set; }

    /// <summary>Measures the use of rows of a weight.</summary>
    /// <param name="indices">The input that looks them up, <c>[1, B, …]</c>.</param>
    /// <param name="length">How many numbers a row of the weight has.</param>
    public void SeeRows(Tensor indices, long length) => NumbersLookedUp += indices.numel() / indices.shape[1] * length;

    /// <summary>Measures a value <c>[1, B, …]</c>.</summary>
    public void See(Tensor value) => See(value, rows: value.shape[1]);

    /// <summary>Measures a value of a number of rows.</summary>
    public void See(Tensor value, long rows)
    {
        long bytes = value.numel() * value.element_size() / rows;
        LargestBytes = Math.Max(LargestBytes, bytes);
        TotalBytes += bytes;
    }
}
