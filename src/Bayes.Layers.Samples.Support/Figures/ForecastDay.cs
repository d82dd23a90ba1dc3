namespace Bayes.Layers.Samples.Support.Figures;

/// <summary>The forecast of a day and what happened.</summary>
/// <param name="Day">The day.</param>
/// <param name="Observed">The observed value.</param>
/// <param name="Mean">The forecast.</param>
/// <param name="Low">Lower end of its interval.</param>
/// <param name="High">Upper end of its interval.</param>
/// <param name="Naive">A simpler forecast to compare with.</param>
internal sealed record ForecastDay(DateOnly Day, double Observed, double Mean, double Low, double High, double Naive);
