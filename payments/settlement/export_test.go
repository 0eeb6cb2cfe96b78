package settlement

// InBatches has so few rows in one transaction that a pull which breaks off has done a part of its work.
func (s *Service) InBatches(of int) { s.batch = of }
