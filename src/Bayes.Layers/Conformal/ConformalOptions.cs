namespace Bayes.Layers.Conformal;

/// <summary>Settings of a calibration that do not depend on the kind of target. Immutable.</summary>
public abstract record ConformalOptions
{
    private protected ConformalOptions()
    {
    }

    /// <summary>
    /// Gets the inputs that the network was trained on, all rows in one call, so that a calibration with the same inputs is refused; null if there is
    /// nothing to compare with. A calibration that shares only some rows with them is not noticed.
    /// </summary>
    public NetworkInput? TrainingInput { get; init; }
}
