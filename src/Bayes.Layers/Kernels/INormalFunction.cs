namespace Bayes.Layers.Kernels;

/// <summary>The mean and the variance of a function of a normal number, for many numbers side by side.</summary>
internal interface INormalFunction
{
    /// <summary>Returns the moments of the function's values.</summary>
    /// <param name="mean">The mean of the number.</param>
    /// <param name="variance">Its variance; at least 0.</param>
    (TLanes Mean, TLanes Variance) Of<TLanes>(TLanes mean, TLanes variance) where TLanes : struct, ILanes<TLanes>;
}
